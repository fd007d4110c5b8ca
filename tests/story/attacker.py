"""Somebody who has everything that there is: the database, its files, the event log, the keys that still live, and all secrets.

Each attack of docs/privacy.md says of how many things that people said or answered it tells rightly whose they are. The story knows
whose they are, and counts. While a run's keys live, what is sealed can be opened; after the key's day every attack comes to nothing.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from infra.backup.table_checksums import tables
from infra.database.postgres import Postgres
from infra.demo.installation import Installation
from shared.privacy.keys import NUMBER_BYTES
from tests.files_on_disk import content_of

HANDLES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![\w.-])[\w.-]{1,64}@[\w.-]{1,64}"
)
PROGRAM = ".jar"
ENOUGH = 5
"""Among so many nobody is named: a view that was written with four others' is nobody's."""


@dataclass
class Truth:
    """The truth as the story knows it: `author_of` view -> member, and `handles`: whatever stands for a member in a row -> member."""

    author_of: dict[str, str]
    handles: dict[str, str]


@dataclass
class Row:
    """A row of any table, with the transaction that wrote it."""

    table: str
    transaction: int
    words: str

    @cached_property
    def handles(self) -> set[str]:
        return set(HANDLES.findall(self.words))


@dataclass
class Attacker:
    """Takes everything in his hands once; the attacks read in it."""

    connection: psycopg.Connection
    tenant: str
    truth: Truth
    told: list[dict[str, str]]
    rows: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    def take_everything(self) -> None:
        """Every row of the organisation, of whatever table, and every event, by whatever transport it travelled."""
        self.events = [Row("the log", 0, event["words"]) for event in self.told]
        self.rows = [row for schema, table in tables(self.connection) for row in self._rows(schema, table)]

    def _rows(self, schema: str, table: str) -> Iterator[Row]:
        question = sql.SQL("SELECT xmin::text::bigint, to_jsonb(t)::text FROM {} t ORDER BY ctid")
        for transaction, words in self.connection.execute(question.format(sql.Identifier(schema, table))):
            if self.tenant in words:
                yield Row(f"{schema}.{table}", transaction, words)

    def whose(self, row: Row) -> set[str]:
        """The members whom a row names, by whatever of theirs stands in it."""
        return {self.truth.handles[handle] for handle in row.handles & self.truth.handles.keys()}

    def by_rows(self) -> int:
        """Views in whose row, or beside whose id in any row, stands who wrote them."""
        named = set()
        for row in self.rows + self.events:
            views, people = row.handles & self.truth.author_of.keys(), self.whose(row)
            if len(people) < ENOUGH:
                named |= {view for view in views if self.truth.author_of[view] in people}
        return len(named)

    def by_lists(self) -> int:
        """Events that list people: neighbours, subtracted from each other, name who came in between."""
        return sum(len(self.whose(event)) > 1 for event in self.events)

    def by_transactions(self) -> int:
        """Views whose transaction comes next after one that names their author, where fewer than five share it."""
        people = sorted((row.transaction, self.whose(row)) for row in self.rows if len(self.whose(row)) == 1)
        written: dict[int, list[str]] = defaultdict(list)
        for row in self.rows:
            if row.table == "survey.view":
                written[row.transaction].append(json.loads(row.words)["id"])
        guesses = {
            view: last_before(at, people)
            for at, views in written.items()
            if len(views) < ENOUGH
            for view in views
        }
        return self._right(guesses)

    def by_the_order_of_events(self) -> int:
        """Views whose first event comes next after one that names their author."""
        guesses: dict[str, str] = {}
        last = ""
        for event in self.events:
            people = self.whose(event)
            last = people.pop() if len(people) == 1 else last
            for view in event.handles & self.truth.author_of.keys() - guesses.keys():
                guesses[view] = last
        return self._right(guesses)

    def by_answers_in_halls(self) -> int:
        """Answers and upvotes of events that have ended, each by somebody's hash, which a key would tie to them."""
        return sum(row.table in ("townhall.answer", "townhall.upvote") for row in self.rows)

    def by_places(self) -> int:
        """Places at workshops: whoever sat there can be told by when, where and with whom."""
        return sum(row.table == "workshop.place" for row in self.rows)

    def by_groups_that_are_missing(self) -> int:
        """Views in whose result a group is missing that other views of the theme have: there sits the author."""
        places = [json.loads(row.words) for row in self.rows if row.table == "voting.place"]
        usual: dict[str, set[str]] = defaultdict(set)
        for place in places:
            usual[place["theme_id"]] |= set(place["groups"])
        return sum(set(place["groups"]) != usual[place["theme_id"]] for place in places)

    def _right(self, guesses: dict[str, str]) -> int:
        return sum(guess == self.truth.author_of.get(view) for view, guess in guesses.items())


def last_before(at: int, people: list[tuple[int, set[str]]]) -> str:
    before = [who for transaction, who in people if transaction < at]
    return next(iter(before[-1])) if before else ""


def secrets_of(folder: Path) -> dict[str, bytes]:
    """The secret of every key that lives, by its path: what must be nowhere else, and nowhere at all once it is dead."""
    found = {}
    for path in folder.glob("*/*/*/*"):
        with suppress(FileNotFoundError):  # it has died while we looked
            found[str(path.relative_to(folder))] = path.read_bytes()[NUMBER_BYTES:]
    return found


def found_in_files(home: Path, needles: dict[str, bytes]) -> dict[str, set[str]]:
    """Returns in which files these bytes lie: heap, write-ahead log, mailbox, logs, and everything else of an installation."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix != PROGRAM:
            content = content_of(path).rstrip(b"\0") + bytes(
                NUMBER_BYTES
            )  # Kafka lays its files out in advance
            for name, needle in needles.items():
                if needle in content:
                    found[name].add(str(path.relative_to(home)))
    return found


def found_in_words(told: Iterable[dict[str, str]], needles: dict[str, bytes]) -> set[str]:
    """Returns which of these bytes an event tells: Kafka may keep its records compressed, where no search of files finds them."""
    said = "\n".join(event["words"] for event in told).encode()
    return {name for name, needle in needles.items() if needle in said}


def administrator_of(polku: Installation) -> psycopg.Connection:
    return Postgres(polku.home, json.loads((polku.home / "secrets.json").read_text())).connect("polku")
