"""The books: what the log asks of everybody who listens is done, or given up on purpose, once and in the order of telling.

Positions do not say it: who passes over an event has it behind him as well. So every record of every topic is walked,
and each reaction to it looked up in the inbox of the service, where effect and mark are one transaction.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from tests.soak.asked import Asked, Position, asked_of
from tests.soak.inside import LISTENING, Inside

# A transaction's number tells which of two acts came first: inbox rows are never changed (their own date says no more
# than the day). Order is asked of one reaction to the events of one key on one topic.
REACTIONS = text("""
    WITH due AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:listeners AS text[]), CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:keys AS text[]),
                             CAST(:belong AS uuid[]), CAST(:act AS uuid[]))
        WITH ORDINALITY AS due (listener, event_id, topic, key, belongs_to, acts_for, nr)),
    acted AS (
        SELECT due.*, CAST(CAST(inbox.xmin AS text) AS bigint) AS act,
               EXISTS (SELECT FROM erased_tenant WHERE tenant_id IN (belongs_to, acts_for)) AS is_erased,
               CAST(event_id AS text) IN (SELECT headers->>'ce_id' FROM dead_letter) AS waits
        FROM due LEFT JOIN inbox USING (listener, event_id)),
    compared AS (
        SELECT *, max(act) OVER (PARTITION BY listener, topic, key ORDER BY nr
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest_before FROM acted)
    SELECT count(*) AS told,
           count(*) FILTER (WHERE act IS NOT NULL OR is_erased) AS handled,
           count(*) FILTER (WHERE act IS NULL AND NOT is_erased AND waits) AS dead,
           count(*) FILTER (WHERE act < latest_before) AS displaced,
           (SELECT count(*) FROM inbox LEFT JOIN due USING (listener, event_id) WHERE nr IS NULL) AS untold
    FROM compared""")
ASIDE = text("""
    SELECT (SELECT count(*) FROM dead_letter) AS dead_letters, (SELECT count(*) FROM outbox) AS unsent,
           (SELECT coalesce(sum(abs(next_position - committed)), 0)::bigint
            FROM group_partition JOIN log_partition USING (topic, partition) WHERE grp = :service) AS behind""")
GIVEN_UP = text("SELECT topic, partition, position FROM discarding")


@dataclass
class Line:
    """One consumer's. `told` counts the reactions that the log asks for, `handled` those that are marked (what concerns
    an erased organisation is done), `dead` those that wait as dead letters; `untold` are marks of what the log does not hold,
    `displaced` acts that came before those on earlier events of their key. `astray` is what was given up though it could
    be read, or the other way round."""

    consumer: str
    told: int
    handled: int
    dead: int
    untold: int
    displaced: int
    dead_letters: int
    unsent: int
    behind: int
    given_up: int
    astray: int

    @property
    def is_balanced(self) -> bool:
        is_whole = self.told == self.handled + self.dead
        something_is_wrong = self.untold or self.displaced or self.astray
        return is_whole and not something_is_wrong and not self.waits

    @property
    def waits(self) -> bool:
        return bool(self.dead_letters or self.unsent or self.behind)

    def __str__(self) -> str:
        mark = "balanced" if self.is_balanced else "NOT BALANCED"
        counts = f"told {self.told} = handled {self.handled} + dead {self.dead}, given up {self.given_up}"
        wrong = ", ".join(f"{name} {number}" for name, number in self._what_is_wrong())
        return f"{self.consumer:<14} {counts}{wrong and f' ({wrong})'}: {mark}"

    def _what_is_wrong(self) -> Iterator[tuple[str, int]]:
        """What should be nothing, and is not."""
        figures = vars(self) | {"skipped": self.told - self.handled - self.dead}
        names = ("skipped", "untold", "displaced", "astray", "dead_letters", "unsent", "behind")
        return ((name, figures[name]) for name in names if figures[name])


def lines(inside: Inside, services: Collection[str] = LISTENING) -> list[Line]:
    return [line(inside, service, asked) for service, asked in asked_of(inside, services).items()]


def line(inside: Inside, service: str, asked: Asked) -> Line:
    """In one look: nothing is handled between one count and the next."""
    engine = inside.engine_of("polku_owner", service).execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        reactions = connection.execute(REACTIONS, as_columns(asked)).one()._mapping
        aside = connection.execute(ASIDE, {"service": service}).one()._mapping
        given_up = positions_given_up(connection)
    engine.dispose()
    astray = len(given_up ^ asked.unreadable)
    return Line(service, **reactions, **aside, given_up=len(given_up), astray=astray)


def positions_given_up(connection: Connection) -> set[Position]:
    return {(row.topic, row.partition, row.position) for row in connection.execute(GIVEN_UP)}


def as_columns(asked: Asked) -> dict[str, list[Any]]:
    names = ("listeners", "ids", "topics", "keys", "belong", "act")
    columns = zip(*asked.due.values(), strict=True) if asked.due else ((),) * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
