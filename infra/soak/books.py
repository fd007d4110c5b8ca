"""The books: everything told is handled or laid aside by everybody who listens, once, and no key is out of order."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import text

from infra.soak.inside import LISTENING, Inside
from shared.bus import Record

PAGE = 1000
COUNTING = ("process.plan", "publishing.edition")
CONSUMERS = text("""
    SELECT grp, sum(next_position)::bigint AS told, sum(committed)::bigint AS handled
    FROM group_partition JOIN log_partition USING (topic, partition) GROUP BY grp ORDER BY grp""")
ASIDE = text("SELECT (SELECT count(*) FROM dead_letter) AS letters, (SELECT count(*) FROM outbox) AS unsent")


@dataclass
class Line:
    """One consumer's: `handled` counts what is behind it, the dead letters among that."""

    consumer: str
    told: int
    handled: int
    letters: int
    unsent: int

    @property
    def is_balanced(self) -> bool:
        return self.told == self.handled and not self.letters and not self.unsent

    def __str__(self) -> str:
        mark = "balanced" if self.is_balanced else "NOT BALANCED"
        counts = f"told {self.told}, handled {self.handled}, dead {self.letters}, unsent {self.unsent}"
        return f"{self.consumer:<14} {counts}: {mark}"


def lines(inside: Inside) -> list[Line]:
    with inside.owner.connect() as connection:
        counts = {row.grp: (row.told, row.handled) for row in connection.execute(CONSUMERS)}
    found = []
    for service in LISTENING:
        engine = inside.engine_of(service, service)
        with engine.connect() as connection:
            aside = connection.execute(ASIDE).one()
        engine.dispose()
        found.append(Line(service, *counts.get(service, (0, 0)), aside.letters, aside.unsent))
    return found


def out_of_order(inside: Inside) -> list[str]:
    """Events that count (the plan's versions, the workbook's editions) and were first told with a lower number than one
    before them of the same run; repetitions do not count."""
    with inside.owner.connect() as connection:
        places = connection.execute(text("SELECT topic, partition, next_position FROM log_partition")).all()
    wrong: list[str] = []
    for topic, partition, end in places:
        wrong += misplaced(every_record(inside, topic, partition, end))
    return wrong


def every_record(inside: Inside, topic: str, partition: int, end: int) -> Iterator[Record]:
    for start in range(0, end, PAGE):
        yield from inside.road.read(topic, partition, start, min(PAGE, end - start))


def misplaced(records: Iterable[Record]) -> list[str]:
    wrong, seen, highest = [], set[str](), defaultdict[tuple[str, str, str], int](int)
    for record in records:
        id, kind = record.headers["ce_id"], record.headers["ce_type"]
        for name, number in counted_in(record).items():
            if id not in seen and number < highest[kind, record.key, name]:
                wrong.append(f"{record.topic} {record.partition} {record.position}")
            highest[kind, record.key, name] = max(highest[kind, record.key, name], number)
        seen.add(id)
    return wrong


def counted_in(record: Record) -> dict[str, int]:
    """What only ever grows within a run; an agreement's versions belong to one of many teams."""
    if record.topic not in COUNTING:
        return {}
    return {name: value for name, value in json.loads(record.value).items() if name in ("version", "number")}
