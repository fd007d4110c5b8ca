"""The chain of an organisation's audit log: each entry is sealed together with the seal of the one before it.

Whoever knows the seal of one entry (a *head*, mailed to the organisation's administrators) can tell whether anything up to it was changed,
left out, put in or moved. The database seals (migration 0024, in SQL); this module reckons the same seals anew, without the database.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec

GENESIS = bytes(32)
"""The seal that stands before the first entry."""
FORM = "polku-audit-1"
HEAD = re.compile(r"\b(\d{1,12}):([0-9a-f]{64})\b")
WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,252}")  # as long as the name of a host
Fact = str | int | UUID | Sequence[str]


class HeadsDiffer(ValueError):
    """Two of these heads have one number and different seals. Give the heads of one organisation's mails only."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry as it lies in the log."""

    tenant_id: UUID
    number: int
    at: datetime
    kind: str
    side: str
    actor_id: UUID | None
    about_id: UUID | None
    run_id: UUID | None
    facts: str
    previous: bytes
    hash: bytes


@dataclass(frozen=True)
class Break:
    """The first entry at which a log is not what was sealed, and what is wrong there; `since`: the last entry that a head vouches for."""

    number: int
    why: str  # foreign | missing | out_of_place | not_linked | changed | sealed_anew | cut_off
    since: int = 0

    @property
    def sentence(self) -> str:
        return SENTENCES[self.why].format(number=self.number, before=self.number - 1, since=self.since)


SENTENCES = {
    "foreign": "Entry {number} belongs to another organisation.",
    "missing": "Entry {number} is missing: entries after it are there.",
    "out_of_place": "Entry {number} is not in its place: another one has taken its number.",
    "not_linked": "Entry {number} is not sealed upon entry {before} as that stands now: one of the two was changed.",
    "changed": "Entry {number} was changed after it was sealed.",
    "sealed_anew": "The seal of entry {number} is not the one that was mailed: after entry {since}, at or before entry {number}, "
    "the log was changed and sealed anew.",
    "cut_off": "Entry {number} is missing: a seal was mailed of it or of a later one, and the log ends before it.",
}


def facts_text(facts: Mapping[str, Fact]) -> str:
    """Returns the facts as they are sealed. Raises ValueError for anything but ids, numbers and short words of ours: what
    a person wrote, or is called, has no place in a log that forgets nothing."""
    for name, fact in facts.items():
        words = [fact] if isinstance(fact, str) else [] if isinstance(fact, int | UUID) else fact
        if not all(WORD.fullmatch(word) for word in (name, *words)):
            raise ValueError(f"{name} is no id, no number and no word of ours.")
    return msgspec.json.encode(facts, order="deterministic").decode()


def digest_of(words: str) -> str:
    """Stands in an entry for words that lie elsewhere, such as the reason of a grant: whoever changes them there is found."""
    return sha256(words.encode()).hexdigest()


def hash_of(entry: Entry) -> bytes:
    """The seal that the entry should have. The same is written in SQL in migration 0024."""
    ids = [str(id or "-") for id in (entry.actor_id, entry.about_id, entry.run_id)]
    lines = [FORM, str(entry.tenant_id), str(entry.number), moment_of(entry.at), entry.kind, entry.side]
    return sha256(entry.previous + "\n".join([*lines, *ids, entry.facts]).encode()).digest()


def moment_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def head_text(number: int, seal: bytes) -> str:
    """A head as it stands in mails: `heads_in` finds it again."""
    return f"{number}:{seal.hex()}"


def heads_in(text: str) -> dict[int, bytes]:
    """Returns the heads in a text, such as mails that were saved as they are. Raises HeadsDiffer for two of one number."""
    heads: dict[int, bytes] = {}
    for number, seal in HEAD.findall(text):
        if heads.setdefault(int(number), bytes.fromhex(seal)) != bytes.fromhex(seal):
            raise HeadsDiffer(HeadsDiffer.__doc__)
    return heads


class Chain:
    """Checks entries one after the other, from the first on, against their seals and the heads that were mailed."""

    def __init__(self, tenant: UUID, heads: Mapping[int, bytes]) -> None:
        self.tenant, self.heads = tenant, heads
        self.last, self.seal, self.since = 0, GENESIS, 0

    def first_break(self, entries: Iterable[Entry]) -> Break | None:
        """Returns where the log is not what was sealed; None where it is."""
        for entry in entries:
            if why := self._wrong_with(entry):
                at = self.last + 1 if why in ("missing", "out_of_place") else entry.number
                return Break(at, why, self.since)
            self.last, self.seal = entry.number, entry.hash
            self.since = entry.number if entry.number in self.heads else self.since
        beyond = [number for number in self.heads if number > self.last]
        return Break(self.last + 1, "cut_off", self.since) if beyond else None

    def _wrong_with(self, entry: Entry) -> str | None:
        if entry.tenant_id != self.tenant:
            return "foreign"
        if entry.number != self.last + 1:
            return "missing" if entry.number > self.last else "out_of_place"
        if entry.previous != self.seal:
            return "not_linked"
        if entry.hash != hash_of(entry):
            return "changed"
        return "sealed_anew" if self.heads.get(entry.number, entry.hash) != entry.hash else None
