"""How pages call roles, and how they read a list of people that was pasted from a spreadsheet."""

import csv
import io
from typing import Any

from services.portal.forms.fields import as_sent
from services.portal.menu import N_
from shared.contracts.api.identity_people import ListedPerson
from shared.languages import _, gettext
from shared.web.cleaning import cleaned

ROLES = {
    "supervisor": N_("supervisor"),
    "coordinator": N_("coordinator"),
    "designer": N_("graphic designer"),
    "admin": N_("administrator"),
    "lead": N_("leads the path"),
    "facilitator": N_("facilitates workshops"),
    "editor": N_("writes the workbook"),
}
CLIENT_ROLES = ("supervisor", "coordinator", "designer", "admin")
STAFF_ROLES = ("lead", "facilitator", "editor")
LONGEST_CELL = 200  # as identity takes them
COLUMNS = {
    "email": ("email", "e-mail", "mail", "sähköposti", "sähköpostiosoite", "e-post", "epost", "e-postadress"),
    "name": ("name", "nimi", "namn"),
    "unit": ("unit", "yksikkö", "enhet", "department", "osasto"),
    "site": ("site", "toimipaikka", "verksamhetsställe", "office", "paikkakunta", "ort"),
    "language": ("language", "kieli", "språk"),
}


class NoAddresses(ValueError):
    """The list as it stands holds no column of e-mail addresses."""


def role_words(roles: list[str]) -> str:
    return ", ".join(gettext(ROLES[role]) for role in roles if role in ROLES)


def group_names(form: Any, roles: tuple[str, ...] = CLIENT_ROLES) -> dict[str, str]:
    """Returns what the directory calls the people with each role, as it was typed in group_<role>: several with semicolons, for
    commas and blanks are part of such names."""
    typed = ((name.strip(), role) for role in roles for name in form.get(f"group_{role}", "").split(";"))
    return {name: role for name, role in typed if name}


def options(roles: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(role, gettext(ROLES[role])) for role in roles]


def languages_in_words() -> list[tuple[str, str]]:
    return [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]


class UnreadableLine(ValueError):
    """A cell of this line is longer than any name or address."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


def people_in(pasted: str) -> list[ListedPerson]:
    """One person a line, columns by tab, semicolon or comma; the first line names them, or they stand in our order."""
    lines = rows_of(cleaned(pasted).strip())
    columns = columns_in(lines[0]) if lines else {}
    if "email" in columns:
        lines = lines[1:]
    else:
        columns = columns_by_looks(lines)
    return [person_in(line, columns) for line in lines]


def rows_of(list_of_people: str) -> list[list[str]]:
    """The rows with something in them; UnreadableLine says where one begins that cannot be read. A quotation mark without
    its pair swallows the rest of the list into one cell."""
    reader, rows, begins = (
        csv.reader(io.StringIO(list_of_people), delimiter=delimiter_of(list_of_people)),
        [],
        1,
    )
    try:
        for row in reader:
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise UnreadableLine(begins)
            rows += [row] if any(row) else []
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableLine(begins) from error
    return rows


def delimiter_of(pasted: str) -> str:
    first = pasted.strip().partition("\n")[0]
    return max("\t;,", key=first.count)


def columns_in(heading: list[str]) -> dict[str, int]:
    places = {cell.strip().lower(): place for place, cell in enumerate(heading)}
    return {name: places[word] for name, words in COLUMNS.items() for word in words if word in places}


def columns_by_looks(lines: list[list[str]]) -> dict[str, int]:
    """Without a heading: name, e-mail, unit, site, language."""
    usual = {"name": 0, "email": 1, "unit": 2, "site": 3, "language": 4}
    if not lines or any("@" not in cell_of(line, 1) for line in lines):
        raise NoAddresses
    return usual


def person_in(line: list[str], columns: dict[str, int]) -> ListedPerson:
    person = as_sent(ListedPerson, {name: cell_of(line, place) for name, place in columns.items()})
    if "@" not in person.email:
        raise NoAddresses
    return person


def cell_of(line: list[str], place: int) -> str:
    return line[place].strip() if place < len(line) else ""
