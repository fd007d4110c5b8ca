"""How pages say days, times and numbers, in the reader's language and in Finnish time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from babel.dates import format_skeleton, format_timedelta

from shared import languages
from shared.languages import ZONE, _, current_language, percent

Moment = datetime | date | str  # services answer with ISO strings


def moment_of(value: Moment) -> datetime | date:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    return value


def day_of(value: Moment) -> date:
    moment = moment_of(value)
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment


def day(value: Moment | None) -> str:
    """14.3. in Finnish, 14 mars in Swedish; with the year when it is another year than this."""
    if not value:
        return ""
    that = day_of(value)
    short = "Md" if current_language() == "fi" else "MMMd"
    this_year = that.year == datetime.now(ZONE).year
    return format_skeleton(short if this_year else f"y{short}", that, locale=current_language())


def day_long(value: Moment | None) -> str:
    """With the weekday and the year, where there is room."""
    return languages.day(day_of(value), "full") if value else ""


def clock(value: Moment | None) -> str:
    return languages.clock(_at(value)) if value else ""


def moment(value: Moment | None) -> str:
    """14.3. klo 9.00; a date alone has no time."""
    if not value:
        return ""
    if not isinstance(moment_of(value), datetime):
        return day(value)
    return _("%(day)s at %(time)s") % {"day": day(value), "time": clock(value)}


def _at(value: Moment) -> datetime:
    found = moment_of(value)
    if not isinstance(found, datetime):
        raise TypeError("A day has no time of day; ask for the day.")
    return found


def in_time(value: Moment | None) -> str:
    """In three days; two hours ago."""
    if not value:
        return ""
    found = moment_of(value)
    if isinstance(found, datetime):
        return format_timedelta(found - datetime.now(UTC), add_direction=True, locale=current_language())
    away = (found - datetime.now(ZONE).date()).days
    if away == 0:
        return _("today")
    return format_timedelta(
        timedelta(days=away), granularity="day", add_direction=True, locale=current_language()
    )


def form_time(value: datetime | str | None) -> str:
    """As an <input type="datetime-local"> wants it, in Finnish time."""
    return _at(value).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") if value else ""


def form_day(value: Moment | None) -> str:
    return day_of(value).isoformat() if value else ""


def number(value: float | None) -> str:
    return "" if value is None else languages.number(value)


def interval(low: float, high: float) -> str:
    """From 41 % to 62 %: where the truth lies."""
    return _("from %(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "day_long": day_long,
    "clock": clock,
    "moment": moment,
    "in_time": in_time,
    "form_time": form_time,
    "form_day": form_day,
    "number": number,
    "percent": percent,
    "interval": interval,
}
