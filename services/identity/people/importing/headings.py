"""Columns are known by their headings in Finnish, Swedish or English, or by what stands in them."""

import re
import unicodedata
from collections.abc import Callable, Iterable

from services.identity.people.importing.languages import language_called
from services.identity.people.importing.sheet import Row, Sheet

LOOKED_AT = 30
FIELDS = ("email", "name", "given", "family", "unit", "site", "language", "supervisor")
WORDS: dict[str, str] = {  # of several columns for one field, the earlier heading is taken
    "email": """
        mail; email; e mail; email address; e mail address; primary email; work email; e mail 1 value; business email
        sähköposti; sähköpostiosoite; työsähköposti; työsähköpostiosoite; email osoite; sähköposti työ; s posti
        e post; epost; e postadress; epostadress; mejl; mejladress; jobbmejl; arbetsmejl; e post arbete
        userprincipalname; user principal name; user name; username; upn; primary smtp address; käyttäjätunnus""",
    "name": """
        displayname; display name; name; full name; whole name; employee; employee name; person; worker
        nimi; koko nimi; kokonimi; näyttönimi; henkilö; henkilön nimi; työntekijä; työntekijän nimi; nimi sukunimi etunimi
        namn; hela namnet; fullständigt namn; visningsnamn; anställd; medarbetare; personens namn""",
    "given": """
        givenname; given name; first name; firstname; preferred name; forename
        kutsumanimi; puhuttelunimi; etunimi; etunimet; förnamn; tilltalsnamn""",
    "family": "surname; family name; last name; lastname; sukunimi; efternamn; släktnamn",
    "unit": """
        department; unit; org unit; organisational unit; organizational unit; division; team; business unit; agency
        osasto; yksikkö; organisaatioyksikkö; työyksikkö; vastuualue; toimiala; virasto; tiimi; ryhmä; tulosyksikkö
        enhet; avdelning; organisationsenhet; verksamhet; verksamhetsområde; ansvarsområde; förvaltning; arbetsenhet
        org unit path; company name; companyname; organisaatio; organisation; organization""",
    "site": """
        officelocation; office location; office; site; location; work location; physicaldeliveryofficename; building id
        toimipaikka; toimipiste; työpaikka; sijainti; työskentelypaikka; paikkakunta; kaupunki; virkapaikka
        verksamhetsställe; verksamhetsort; kontor; arbetsplats; arbetsort; placering; placeringsort; stationeringsort; ort
        city; town""",
    "language": """
        preferredlanguage; preferred language; language; mother tongue; native language; locale; language preference
        kieli; asiointikieli; äidinkieli; viestintäkieli; palvelukieli; käyttökieli
        språk; kommunikationsspråk; modersmål; kontaktspråk; språkkod; kielikoodi; language code""",
    "supervisor": """
        supervisor; is supervisor; manager; line manager; manager email; reports to; supervisor email
        esihenkilö; esimies; lähiesihenkilö; lähiesimies; on esihenkilö; esihenkilön sähköposti; esihenkilön nimi; esimiehen nimi
        chef; närmaste chef; är chef; arbetsledare; närmaste chefs e post; förman""",
}
IN_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")


def spelled(heading: str) -> str:
    """Returns the heading in lower case and single blanks, without signs."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", folded).split())


RANKS = {
    spelled(word): (name, rank)
    for name, words in WORDS.items()
    for rank, word in enumerate(
        word for line in words.split("\n") for word in line.split(";") if word.strip()
    )
}


def field_of(heading: str) -> tuple[str, int] | None:
    """Returns the field that a heading names, and its rank among the headings for that; also inside or before brackets, as in
    `User name [userPrincipalName] Required`, and in camelCase."""
    inside = IN_BRACKETS.findall(heading)
    tried = [*inside, IN_BRACKETS.sub(" ", heading), re.sub(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])", " ", heading)]
    return next((RANKS[spelled(words)] for words in tried if spelled(words) in RANKS), None)


def columns_by_heading(cells: list[str]) -> dict[str, int]:
    """Returns the column of each field that a row of headings names."""
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(cells):
        if found := field_of(cell):
            name, rank = found
            best[name] = min(best.get(name, (rank, column)), (rank, column))
    columns = {name: column for name, (_, column) in best.items()}
    if columns.keys() >= {"name", "given", "family"}:
        del columns["given"], columns["family"]
    return columns


def fields_in_row(row: Row) -> int:
    """Returns how many fields a row of headings names; none where it holds an address, which no heading does."""
    return 0 if any("@" in cell for cell in row.cells) else len(columns_by_heading(row.cells))


def heading_row(rows: list[Row]) -> Row | None:
    """Returns the row with the headings, above which a title may stand; None where there are no headings."""
    best = max(rows[:LOOKED_AT], key=fields_in_row, default=None)
    if best is None or fields_in_row(best) == 0:
        return None
    is_sure = fields_in_row(best) > 1 or "email" in columns_by_heading(best.cells)
    return best if is_sure else None


def fields_in_sheet(rows: list[Row]) -> tuple[int, int]:
    """Returns how much of a sheet is about people, to compare it with others: fields by heading, rows with an address."""
    heading = heading_row(rows)
    return fields_in_row(heading) if heading else 0, sum(
        "@" in cell for row in rows[:1000] for cell in row.cells
    )


def people_rows(sheet: Sheet) -> list[Row]:
    """Returns the rows below the headings; all where there are none."""
    heading = heading_row(sheet.rows)
    return [row for row in sheet.rows if heading is None or row.number > heading.number]


def columns_of(sheet: Sheet) -> dict[str, int]:
    """Returns the column of each field, as far as they are recognised. What has no heading is recognised by what stands in it."""
    heading = heading_row(sheet.rows)
    columns = columns_by_heading(heading.cells) if heading else {}
    if not heading:
        return columns_by_looks(sheet)
    if (
        "email" not in columns
        and (column := column_where(people_rows(sheet), sheet.width, is_address)) is not None
    ):
        columns = {name: at for name, at in columns.items() if at != column} | {"email": column}
    return columns


def columns_by_looks(sheet: Sheet) -> dict[str, int]:
    """Addresses are told by their sign, languages by their names, a name by its two words; units and sites follow in our order."""
    found: dict[str, int] = {}
    for name, looks in (("email", is_address), ("language", is_language), ("name", is_a_name)):
        free = [column for column in range(sheet.width) if column not in found.values()]
        if (column := column_where(sheet.rows, sheet.width, looks, free)) is not None:
            found[name] = column
    later = [column for column in range(sheet.width) if column > found.get("email", sheet.width)]
    free = [column for column in later if column not in found.values()]
    if "name" not in found and found.get("email", 0) == 2:
        found |= names_in_order(sheet.rows)
    elif "name" not in found and found.get("email", 0) == 1:
        found["name"] = 0
    return found | dict(zip(("unit", "site"), free, strict=False))


def names_in_order(rows: list[Row]) -> dict[str, int]:
    """Given and family name stand in one order or the other: addresses usually begin with the given one."""
    turned = sum(
        begins_with(row.cell(2), row.cell(1)) - begins_with(row.cell(2), row.cell(0)) for row in rows
    )
    return {"given": 1, "family": 0} if turned > 0 else {"given": 0, "family": 1}


def begins_with(address: str, name: str) -> bool:
    plain = unicodedata.normalize("NFD", name.casefold()).encode("ascii", "ignore").decode()
    return bool(plain) and address.casefold().startswith(plain)


def column_where(
    rows: list[Row], width: int, looks: Callable[[str], bool], among: Iterable[int] | None = None
) -> int | None:
    """Returns the first of the columns in which most cells look so, and at least half of those that are filled."""
    counted = [
        (shared_by(rows, column, looks), -column) for column in (range(width) if among is None else among)
    ]
    share, column = max(counted, default=(0.0, 0))
    return -column if share >= 0.5 else None


def shared_by(rows: list[Row], column: int, looks: Callable[[str], bool]) -> float:
    filled = [row.cell(column) for row in rows[:1000] if row.cell(column)]
    return sum(map(looks, filled)) / len(filled) if filled and len(filled) * 2 >= len(rows[:1000]) else 0.0


def is_address(cell: str) -> bool:
    return "@" in cell and " " not in cell.partition("@")[2].strip("<> ")


def is_language(cell: str) -> bool:
    return language_called(cell) is not None


def is_a_name(cell: str) -> bool:
    return 1 < len(cell.replace(",", " ").split()) < 5 and not any(
        sign.isdigit() or sign == "@" for sign in cell
    )
