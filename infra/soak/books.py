"""The books: everything told is handled or laid aside by everybody who listens, once, and no key is out of order."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import text

from infra.soak.inside import LISTENING, Inside

PAGE = 1000
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
    """Keys whose events were first told in another order than they happened; repetitions do not count."""
    wrong = []
    with inside.owner.connect() as connection:
        places = connection.execute(text("SELECT topic, partition, next_position FROM log_partition")).all()
    for topic, partition, end in places:
        newest: dict[str, str] = defaultdict(str)
        seen: set[str] = set()
        for start in range(0, end, PAGE):
            for record in inside.road.read(topic, partition, start, PAGE):
                id, sequence = record.headers["ce_id"], record.headers["ce_sequence"]
                if id not in seen and sequence < newest[record.key]:
                    wrong.append(f"{topic} {partition} {record.position}")
                newest[record.key] = max(newest[record.key], sequence)
                seen.add(id)
    return wrong
