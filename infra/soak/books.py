"""The books: everything told is handled, or given up on purpose, by everybody who listens, once; no key is out of order."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from infra.soak.inside import LISTENING, WHERE_EVENTS_LIE, Inside, is_readable
from shared.bus import Record

PAGE = 1000
COUNTING = ("process.plan", "workshop.round", "publishing.edition")
COUNTERS = {"version", "round", "number"}
CONSUMERS = text("""
    SELECT grp, sum(next_position)::bigint AS told, sum(committed)::bigint AS handled
    FROM group_partition JOIN log_partition USING (topic, partition) GROUP BY grp ORDER BY grp""")
ASIDE = text("""
    SELECT (SELECT count(*) FROM dead_letter) AS letters, (SELECT count(*) FROM outbox) AS unsent,
           (SELECT count(*) FROM discarding) AS given_up""")


@dataclass
class Line:
    """One consumer's: `handled` counts what is behind it, letters and what was given up among that; `spoiled` is how much
    of it nobody could have handled."""

    consumer: str
    told: int
    handled: int
    letters: int
    unsent: int
    given_up: int
    spoiled: int

    @property
    def is_balanced(self) -> bool:
        has_arrived = self.told == self.handled and not self.letters and not self.unsent
        return has_arrived and self.given_up == self.spoiled

    def __str__(self) -> str:
        mark = "balanced" if self.is_balanced else "NOT BALANCED"
        counts = f"told {self.told}, handled {self.handled}, dead {self.letters}, unsent {self.unsent}"
        return f"{self.consumer:<14} {counts}, given up {self.given_up} of {self.spoiled} spoiled: {mark}"


def lines(inside: Inside, spoiled: Mapping[str, int]) -> list[Line]:
    """`spoiled` says how many events of each service were made so that they must be given up."""
    with inside.owner.connect() as connection:
        counts = {row.grp: (row.told, row.handled) for row in connection.execute(CONSUMERS)}
    found = []
    for service in LISTENING:
        engine = inside.engine_of(service, service)
        with engine.connect() as connection:
            aside = connection.execute(ASIDE).one()
        engine.dispose()
        told, handled = counts.get(service, (0, 0))
        found.append(Line(service, told, handled, **aside._mapping, spoiled=spoiled.get(service, 0)))
    return found


def out_of_order(inside: Inside) -> list[str]:
    """Events that were first told after one that must come later: what counts within a run (the plan's versions, the
    rounds, the workbook's editions) and what one event caused in one service, by its place in the outbox. Repetitions, and
    what nobody can read, do not count."""
    with inside.owner.connect() as connection:
        places = connection.execute(WHERE_EVENTS_LIE).all()
    wrong: list[str] = []
    for topic, partition, end in places:
        wrong += misplaced(filter(is_readable, every_record(inside, topic, partition, end)))
    return wrong


def every_record(inside: Inside, topic: str, partition: int, end: int) -> Iterator[Record]:
    for start in range(0, end, PAGE):
        yield from inside.road.read(topic, partition, start, min(PAGE, end - start))


def misplaced(records: Iterable[Record]) -> list[str]:
    wrong, seen, highest = [], set[str](), defaultdict[tuple[str, ...], int](int)
    for record in records:
        if record.headers["ce_id"] in seen:
            continue
        seen.add(record.headers["ce_id"])
        for what, number in [*counted_in(record), *told_because_of_one(record)]:
            if number < highest[record.key, *what]:
                wrong.append(f"{record.topic} {record.partition} {record.position}")
            highest[record.key, *what] = max(highest[record.key, *what], number)
    return wrong


def counted_in(record: Record) -> Iterator[tuple[tuple[str, ...], int]]:
    """What only ever grows within a run; an agreement's versions belong to one of many teams."""
    if record.topic in COUNTING:
        told = json.loads(record.value)
        for name in COUNTERS & told.keys():
            yield (record.headers["ce_type"], name), told[name]


def told_because_of_one(record: Record) -> Iterator[tuple[tuple[str, ...], int]]:
    """What a service tells because of one event it tells in one go. Anonymous events have no cause."""
    cause, nr = record.headers.get("ce_causationid"), record.headers.get("ce_sequence")
    if cause and nr:
        yield (record.headers["ce_source"], cause), int(nr)
