"""Times that a form asks for, in Finnish time: what can hardly be meant is asked back at its field before anybody is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.portal.wording import form_time, moment, moment_of
from shared.languages import ZONE, _
from shared.web.arguments import FIRST_YEAR, LAST_YEAR

FAR_OFF = timedelta(days=2 * 366)
NEVER, ASKED, FINE = "never", "asked", "fine"  # what a form says to a time that has passed


@dataclass(frozen=True)
class Doubt:
    """Why a time is asked back, and what may be meant by it: (value, words). Nothing, where only another time will do."""

    sentence: str
    choices: list[tuple[str, str]] = field(default_factory=list)


Doubts = dict[str, Doubt]


class AskedBack(Exception):
    """Times of a form are in doubt, by the names of their fields; the sentence is for the head of the page."""

    def __init__(self, doubts: Doubts) -> None:
        super().__init__(", ".join(doubts))
        self.doubts = doubts

    @property
    def sentence(self) -> str:
        return _("Nothing has been done yet, and nobody was told. Look at the times below.")


def times_in(
    form: Mapping[str, str],
    was: Mapping[str, datetime | str | None],
    *,
    past: str = NEVER,
    may_lack: bool = False,
) -> dict[str, Any]:
    """Returns the times in the fields that `was` names, with what stands there now; raises AskedBack with all that are in doubt. A time
    that stays as it stands is not asked about; only with `may_lack` one may be left out, and is None."""
    read = {name: Typed(form, name, past).time(before, may_lack) for name, before in was.items()}
    if doubts := {name: found for name, found in read.items() if isinstance(found, Doubt)}:
        raise AskedBack(doubts)
    return read


class Typed:
    """A time as somebody typed it, and what they said of it when it was asked back: that counts for the same time alone."""

    def __init__(self, form: Mapping[str, str], name: str, past: str) -> None:
        self.text, self.past = form.get(name, "").strip(), past
        meant = form.get(f"{name}.meant", "")
        self.meant = meant if meant in (self.text, self.first, self.second) else ""

    @property
    def first(self) -> str:
        return f"{self.text} 1"

    @property
    def second(self) -> str:
        return f"{self.text} 2"

    def time(self, was: datetime | str | None, may_lack: bool) -> Any:
        """Returns the time, or the doubt about it; None where it may lack and does."""
        if not self.text and may_lack:
            return None
        if was and self.text == form_time(was):
            return moment_of(was)
        try:
            wall = datetime.fromisoformat(self.text if "T" in self.text else "").replace(tzinfo=ZONE)
        except ValueError:
            return Doubt(_("A date is not whole. Write the day and the time."))
        if not FIRST_YEAR < wall.year < LAST_YEAR:
            return Doubt(_("Nobody can plan for this year. Check it."))
        return self._by_the_clock(wall)

    def _by_the_clock(self, wall: datetime) -> datetime | Doubt:
        """Of the night in which clocks are put forward or back (PEP 495)."""
        one, other = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        if one > other:
            sentence = _(
                "There is no such time: the clocks are put forward in that hour. Write %(later)s, or another time."
            )
            return Doubt(sentence % {"later": moment(one)})
        if one < other and self.meant not in (self.first, self.second):
            return self._twice()
        at = wall.replace(fold=1) if self.meant == self.second else wall
        return self._by_the_calendar(at) or at

    def _twice(self) -> Doubt:
        before = _("the first time, before the clocks are put back (summer time)")
        after = _("the second time, after the clocks were put back (standard time)")
        sentence = _("This time comes twice: the clocks are put back in that hour. Which one is meant?")
        return Doubt(sentence, [(self.first, before), (self.second, after)])

    def _by_the_calendar(self, at: datetime) -> Doubt | None:
        until = at.astimezone(UTC) - datetime.now(UTC)
        if until < timedelta(0) and self.past == NEVER:
            return Doubt(_("This time has passed already. Choose a later one."))
        yes = [(self.text, _("Yes, this time: %(when)s") % {"when": moment(at)})]
        if until < timedelta(0) and self.past == ASKED and not self.meant:
            return Doubt(_("This time has passed already. Is it meant?"), yes)
        if until > FAR_OFF and not self.meant:
            return Doubt(_("This is more than two years off. Is it meant?"), yes)
        return None
