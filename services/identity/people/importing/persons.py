"""A row becomes a person, cleaned once; or a refusal that says what is wrong with which cell."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from services.identity.people.importing.languages import language_called
from services.identity.people.importing.sheet import Row
from shared.mail_addresses import mailbox_at, why_no_mailbox
from shared.web.cleaning import in_one_line

LONGEST = 200
SAYS_NOTHING = frozenset(
    (
        "-",
        "--",
        "–",
        "—",
        ".",
        "n/a",
        "na",
        "#n/a",
        "#ref!",
        "#value!",
        "#name?",
        "#null!",
        "#div/0!",
        "null",
        "none",
        "***",
    )
)
YES = frozenset(
    (
        "x",
        "k",
        "kyllä",
        "joo",
        "on",
        "j",
        "ja",
        "y",
        "yes",
        "1",
        "true",
        "tosi",
        "sant",
        "sann",
        "esihenkilö",
        "esimies",
        "chef",
        "manager",
        "supervisor",
    )
)
NO = frozenset(("e", "ei", "n", "nej", "no", "0", "false", "epätosi", "falskt"))
NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]+)>[^<>]*")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


@dataclass(frozen=True)
class Listed:
    """A person as a row says; empty is what it does not say. The language is as it is written there, `supervisor` what the column about
    supervisors says."""

    row: int
    email: str
    name: str
    unit: str = ""
    site: str = ""
    language: str = ""
    supervisor: str = ""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken in: why, in a word, and the cell that it is about."""

    row: int
    reason: str
    said: str = ""


def person_in(row: Row, columns: Mapping[str, int]) -> Listed | Refused:
    """Reads a row by the columns that were matched."""
    said = {name: plain(row.cell(column)) for name, column in columns.items()}
    if too_long := next((cell for cell in said.values() if len(cell) > LONGEST), None):
        return Refused(row.number, "too_long", too_long[:80])
    address = address_in(said.get("email", ""))
    if why := why_not(address):
        return Refused(row.number, why, said.get("email", "")[:80])
    name = name_in(said) or name_before(said.get("email", ""))
    return Listed(
        row=row.number,
        email=address,
        name=name,
        unit=said.get("unit", ""),
        site=said.get("site", ""),
        language=said.get("language", ""),
        supervisor=said.get("supervisor", ""),
    )


def plain(cell: str) -> str:
    """The cell in one line, empty where it only says that there is nothing."""
    line = in_one_line(UNSEEN.sub("", cell)).strip("\"' ")
    return "" if line.casefold() in SAYS_NOTHING else line.removeprefix("/")


def address_in(cell: str) -> str:
    """Returns the address without what programs put around it, in lower case."""
    inside = NAMED_ADDRESS.fullmatch(cell)
    bare = (inside[1] if inside else cell).strip().strip(";,<>").casefold().removeprefix("mailto:")
    return unicodedata.normalize("NFC", bare).strip().rstrip(".")


def why_not(address: str) -> str:
    """Returns why no mail would get there, as the post will find; nothing where it would."""
    if not address:
        return "no_address"
    mailbox = mailbox_at(address)
    if " " in address or mailbox is None or not is_a_domain(mailbox.domain):
        return why_no_mailbox(address)
    return "" if address.rpartition("@")[0].isascii() else "address_not_taken"


def is_a_domain(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) > 1 and all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", label) for label in labels)


def name_in(said: Mapping[str, str]) -> str:
    """The whole name, or given and family name; a family name before a comma goes behind."""
    if "name" not in said:
        return " ".join(filter(None, (said.get("given", ""), said.get("family", ""))))
    family, comma, given = said["name"].partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma and "," not in given else said["name"]


def name_before(cell: str) -> str:
    """Kaisa Niemi <kaisa@...> has a name before the address."""
    return plain(cell.partition("<")[0]) if NAMED_ADDRESS.fullmatch(cell) else ""


def languages_asked(people: list[Listed], known: Mapping[str, str]) -> dict[str, int]:
    """Returns the languages that are neither known here nor answered by now, each with the number of its rows."""
    asked: dict[str, int] = {}
    for person in people:
        if person.language and not (known.get(person.language) or language_called(person.language)):
            asked[person.language] = asked.get(person.language, 0) + 1
    return asked


def supervisors_in(people: list[Listed]) -> tuple[set[str], list[str]]:
    """Returns the addresses of those who are supervisors, and what says of none who it is. The column says yes beside them, or names
    them beside a colleague: by address, or by a name that only one person on the list has."""
    by_name: dict[str, list[str]] = {}
    for person in people:
        by_name.setdefault(folded(person.name), []).append(person.email)
    found = {person.email for person in people if person.supervisor.casefold() in YES}
    named = {person.supervisor for person in people if person.supervisor.casefold() not in YES | NO | {""}}
    meant = {one: addresses_meant(one, by_name) for one in named}
    alone = {one: addresses[0] for one, addresses in meant.items() if len(addresses) == 1}
    return found | set(alone.values()), sorted(named - alone.keys())


def addresses_meant(supervisor: str, by_name: Mapping[str, list[str]]) -> list[str]:
    address = address_in(supervisor)
    return (
        []
        if "@" in address and why_not(address)
        else [address]
        if "@" in address
        else by_name.get(folded(name_in({"name": supervisor})), [])
    )


def folded(name: str) -> str:
    """Returns what two spellings of a name have in common: no blanks, no case, one form, nothing that is not seen."""
    return "".join(unicodedata.normalize("NFKC", UNSEEN.sub("", name)).casefold().split())
