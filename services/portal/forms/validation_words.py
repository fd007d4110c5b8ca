"""Says what is wrong with a field in the reader's language: the validators' own English (marshmallow, shared/web/arguments.py) is never shown."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.portal.menu import N_
from shared.languages import gettext, ngettext
from shared.web.fields import BLANK

CHOICE, TEXT, NUMBER, MOMENT = "choice", "text", "number", "moment"
Path = tuple[str, ...]


MISSING = N_("This is needed. Fill it in.")
NONE_CHOSEN = N_("Choose one of these.")
NOT_OFFERED = N_("Choose one of those that are offered here.")
NO_NUMBER = N_("Write a whole number here, in digits.")
NO_MOMENT = N_("Give a day or a time that there is, whole.")
NOT_TAKEN = N_("This cannot be taken as it is. Change it.")
BY_KIND = {CHOICE: NOT_OFFERED, NUMBER: NO_NUMBER, MOMENT: NO_MOMENT, TEXT: NOT_TAKEN}

NEEDED = ("Missing data for required field.", "Field may not be null.", "This is needed.", BLANK, MISSING)
PLAIN = {
    "Not a valid integer.": NO_NUMBER,
    "Not a valid number.": NO_NUMBER,
    "Not a valid datetime.": NO_MOMENT,
    "Not a valid date.": NO_MOMENT,
    "Not a valid aware datetime.": NO_MOMENT,
    "Not a valid aware date.": NO_MOMENT,
    "Not a valid time.": NO_MOMENT,
    "Not a valid URL.": N_("Write a whole address, which begins with https://."),
    "Not a valid email address.": N_("Write a whole e-mail address, such as name@example.org."),
    "Number too large.": N_("This number is too large. Write a smaller one."),
    "This is out of range.": N_("This is further off than we can reckon. Change it."),
}
AS_KIND_SAYS = re.compile(
    r"Invalid value\.|Invalid type\.|Invalid input type\.|Unknown field\.|Must be one of: .*|"
    r"Not a valid (?:string|UUID|list|delimited list|boolean|mapping type)\.|String does not match expected pattern\.|"
    r"Special numeric values \(nan or infinity\) are not permitted\.",
    re.DOTALL,
)
LENGTHS = re.compile(
    r"Shorter than minimum length (?P<min>\d+)\.|Longer than maximum length (?P<max>\d+)\.|"
    r"Length must be between (?P<from>\d+) and (?P<to>\d+)\.|Length must be (?P<equal>\d+)\."
)
RANGES = re.compile(
    r"Must be greater than(?: or equal to)? (?P<min>[-\d._]+)\.|Must be less than(?: or equal to)? (?P<max>[-\d._]+)\.|"
    r"Must be greater than(?: or equal to)? (?P<from>[-\d._]+) and less than(?: or equal to)? (?P<to>[-\d._]+)\."
)


def said_of(path: Sequence[str], message: str, kind: str) -> str:
    """Returns the sentence for the person; what is wrong with one of several choices is that it is not among them."""
    return gettext(NOT_OFFERED) if kind == CHOICE and path[-1].isdigit() else in_words(message, kind)


def in_words(message: str, kind: str = TEXT) -> str:
    if message in NEEDED:
        return gettext(NONE_CHOSEN if kind == CHOICE else MISSING)
    if found := LENGTHS.fullmatch(message):
        return length_in_words(*limits_of(found), kind)
    if found := RANGES.fullmatch(message):
        return range_in_words(*limits_of(found))
    if AS_KIND_SAYS.fullmatch(message):
        return gettext(BY_KIND[kind])
    return gettext(PLAIN.get(message, message))


def limits_of(found: re.Match[str]) -> tuple[str | None, str | None]:
    numbers = {name: value for name, value in found.groupdict().items() if value}
    least, most = numbers.get("min") or numbers.get("from"), numbers.get("max") or numbers.get("to")
    return numbers.get("equal", least), numbers.get("equal", most)


def length_in_words(least: str | None, most: str | None, kind: str) -> str:
    """One at least goes without saying where something is written."""
    if kind == CHOICE:
        return number_to_choose(least, most)
    if most is None:
        sentence = ngettext(
            "Write at least %(num)s character.", "Write at least %(num)s characters.", int(least or 1)
        )
        return sentence % {"num": least}
    if least in (None, "0", "1"):
        sentence = ngettext(
            "Write at most %(num)s character.", "Write at most %(num)s characters.", int(most)
        )
        return sentence % {"num": most}
    return gettext("Write at least %(least)s and at most %(most)s characters.") % {
        "least": least,
        "most": most,
    }


def number_to_choose(least: str | None, most: str | None) -> str:
    if most is None:
        return gettext("Choose at least %(least)s.") % {"least": least}
    if least in (None, "0"):
        return gettext("Choose at most %(most)s.") % {"most": most}
    return gettext("Choose at least %(least)s and at most %(most)s.") % {"least": least, "most": most}


def range_in_words(least: str | None, most: str | None) -> str:
    if most is None:
        return gettext("Write a number that is %(least)s or more.") % {"least": least}
    if least is None:
        return gettext("Write a number that is %(most)s or less.") % {"most": most}
    return gettext("Write a number from %(least)s to %(most)s.") % {"least": least, "most": most}


def messages_in(errors: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yields (names and places from the outermost field inwards, message) for each message, as webargs nests them."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from messages_in(inner, (*path, str(name)))
    elif isinstance(errors, list):
        for inner in errors:
            yield from messages_in(inner, path)
    elif isinstance(errors, str):
        yield path, errors
