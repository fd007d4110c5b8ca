"""People on a list beside those who are here: a plan that says what would happen, before anything does."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from services.identity.people.importing.languages import language_called
from services.identity.people.importing.persons import (
    Listed,
    Refused,
    folded,
    languages_asked,
    supervisors_in,
)

SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Known:
    """Somebody who is here, or was and has left."""

    id: UUID
    name: str
    email: str
    unit: str = ""
    site: str = ""
    language: str = "fi"
    roles: frozenset[str] = frozenset()
    has_signed_in: bool = False
    has_left: bool = False
    may_get_roles: bool = True
    """False for somebody who signs in by a way that the organisation has not confirmed."""


@dataclass(frozen=True)
class Answers:
    """The answers of whoever takes the list in: unknown languages, and places that are not the ones they look like."""

    languages: Mapping[str, str] = field(default_factory=dict)
    kept_apart: Collection[str] = ()
    gives_roles: bool = False
    spoken: tuple[str, ...] = ("fi", "sv", "en")


@dataclass(frozen=True)
class Entry:
    """The fate of one person: new, back, changed or unchanged; `changes` from what to what."""

    row: int
    kind: str
    name: str
    email: str
    unit: str
    site: str
    language: str
    roles: frozenset[str]
    member: Known | None = None
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Spelling:
    """A unit or site that is written otherwise than the one it is taken for, in so many rows."""

    kind: str
    said: str
    taken_as: str
    rows: int


@dataclass(frozen=True)
class LooksLike:
    """Somebody new whose name a person has who is here under another address, and not on the list."""

    row: int
    name: str
    email: str
    known: Known


@dataclass(frozen=True)
class Plan:
    """All that a list would do."""

    entries: list[Entry]
    refused: list[Refused]
    gone: list[Known]
    new_units: dict[str, int]
    new_sites: dict[str, int]
    written_otherwise: list[Spelling]
    looks_like: list[LooksLike]
    languages_asked: dict[str, int]
    unknown_supervisors: list[str]

    @cached_property
    def counted(self) -> Counter[str]:
        return Counter(entry.kind for entry in self.entries)


class Comparison:
    """A list of people, those who are known, and what was answered."""

    def __init__(
        self,
        read: Iterable[Listed | Refused],
        known: Iterable[Known],
        units: Iterable[str] = (),
        sites: Iterable[str] = (),
        answers: Answers | None = None,
    ) -> None:
        self.answers, self.refused = answers or Answers(), list[Refused]()
        self.people = self._once_each(read)
        self.known = by_address(known)
        self.units = Places("unit", units, [person.unit for person in self.people], self.answers.kept_apart)
        self.sites = Places("site", sites, [person.site for person in self.people], self.answers.kept_apart)
        self.supervisors, self.nobodys = self._supervisors()

    def _once_each(self, read: Iterable[Listed | Refused]) -> list[Listed]:
        """An address that stands twice is the person of its first row; the second is refused and says where the first is."""
        first: dict[str, Listed] = {}
        for one in read:
            if isinstance(one, Refused):
                self.refused.append(one)
            elif one.email in first:
                self.refused.append(Refused(one.row, "twice", str(first[one.email].row)))
            else:
                first[one.email] = one
        return list(first.values())

    def _supervisors(self) -> tuple[set[str], list[str]]:
        """Returns the addresses of those on the list who are supervisors, and whom it calls so who is not on it."""
        if not self.answers.gives_roles:
            return set(), []
        found, unknown = supervisors_in(self.people)
        on_it = {person.email for person in self.people}
        return found & on_it, sorted(found - on_it) + unknown

    def plan(self) -> Plan:
        return Plan(
            entries=self.entries(self.people),
            refused=sorted(self.refused, key=lambda refused: refused.row),
            gone=self._gone(),
            new_units=self.units.new,
            new_sites=self.sites.new,
            written_otherwise=self.units.written_otherwise + self.sites.written_otherwise,
            looks_like=self._looks_like(),
            languages_asked=languages_asked(self.people, self.answers.languages),
            unknown_supervisors=self.nobodys,
        )

    def entries(self, people: Iterable[Listed], known: Iterable[Known] = ()) -> list[Entry]:
        """Returns what becomes of these people; `known` are those of them who are here, as they are now."""
        self.known |= by_address(known)
        return [self._entry(person) for person in people]

    def _entry(self, person: Listed) -> Entry:
        member = self.known.get(person.email)
        unit, site = self.units.taken_as(person.unit), self.sites.taken_as(person.site)
        roles = person.roles | ({SUPERVISOR} if person.email in self.supervisors else frozenset())
        if member is None:
            given = unit, site, self._language(person), roles
            return Entry(person.row, "new", person.name or person.email, person.email, *given)
        is_her_own = member.has_signed_in  # name and language are the person's own business then
        name = member.name if is_her_own else person.name or member.name
        language = member.language if is_her_own or not person.language else self._language(person)
        given = unit or member.unit, site or member.site, language, member.roles | roles
        changes = differences(member, name, *given)
        kind = "back" if member.has_left else "changed" if changes else "unchanged"
        return Entry(person.row, kind, name, person.email, *given, member, changes)

    def _language(self, person: Listed) -> str:
        """One that the organisation does not speak becomes its first."""
        said = self.answers.languages.get(person.language) or language_called(person.language)
        return said if said in self.answers.spoken else self.answers.spoken[0]

    def _gone(self) -> list[Known]:
        on_it = {person.email for person in self.people}
        return [one for address, one in self.known.items() if not one.has_left and address not in on_it]

    def _looks_like(self) -> list[LooksLike]:
        gone = {folded(one.name): one for one in self._gone()}
        new = (person for person in self.people if person.email not in self.known)
        return [
            LooksLike(person.row, person.name, person.email, gone[folded(person.name)])
            for person in new
            if folded(person.name) in gone
        ]


def by_address(known: Iterable[Known]) -> dict[str, Known]:
    return {each.email.casefold(): each for each in known if each.email}


def differences(
    member: Known, name: str, unit: str, site: str, language: str, roles: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Returns what would change about somebody, from what to what."""
    before = {"name": member.name, "unit": member.unit, "site": member.site, "language": member.language}
    after = {"name": name, "unit": unit, "site": site, "language": language}
    changes = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
    if roles - member.roles:
        changes["roles"] = (", ".join(sorted(member.roles)), ", ".join(sorted(roles)))
    return changes


class Places:
    """Units or sites: those that are there, and those that a list names. What differs in blanks, case, form or unseen signs only is
    one place, unless it was said to be another."""

    def __init__(
        self, kind: str, known: Iterable[str], named: Iterable[str], kept_apart: Collection[str]
    ) -> None:
        self.kind, self.kept_apart = kind, kept_apart
        self.known = list(known)
        self.named = Counter(name for name in named if name)
        self._by_folded = {folded(name): name for name in self.known}
        for name, _ in self.named.most_common():
            self._by_folded.setdefault(folded(name), name)

    def taken_as(self, name: str) -> str:
        """Returns the name of the place that is meant."""
        if not name or name in self.known or f"{self.kind}:{name}" in self.kept_apart:
            return name
        return self._by_folded[folded(name)]

    @cached_property
    def new(self) -> dict[str, int]:
        """The places that are not there yet, each with the number of its rows."""
        counted: Counter[str] = Counter()
        for name, rows in self.named.items():
            counted[self.taken_as(name)] += rows
        return {name: rows for name, rows in counted.items() if name not in self.known}

    @cached_property
    def written_otherwise(self) -> list[Spelling]:
        otherwise = ((name, self.taken_as(name), rows) for name, rows in self.named.items())
        return [Spelling(self.kind, name, taken, rows) for name, taken, rows in otherwise if name != taken]
