"""A member of a consumer group: what both transports keep in PostgreSQL, so that effect and position are one atomic step.

Positions, attempts and fencing epochs stand beside the effects, also when the events themselves lie in Kafka: a
member that lost its partition cannot commit any more, and rolls back what it did.
"""

import os
import socket
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, TextClause, text

from shared.connecting import looking
from shared.messaging.bus import Fenced, Record

Place = tuple[str, int]


class Member:
    """`epochs` are the partitions it owns, each with the epoch under which it may commit."""

    def __init__(self, engine: Engine, group: str, topics: Sequence[str], lease: float):
        self.engine, self.group, self.topics, self.lease = engine, group, sorted(topics), lease
        self.member = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self.epochs: dict[Place, int] = {}
        self._paused: dict[Place, float] = {}
        self._looking: Connection | None = None

    def commit(self, record: Record, connection: Connection) -> None:
        self._change(connection, COMMIT, record, next=record.position + 1, lease=self.lease)

    def attempt(self, record: Record) -> int:
        with self.engine.begin() as connection:
            return self._change(connection, ATTEMPT, record)

    def _change(self, connection: Connection, change, record: Record, **values) -> int:
        place = record.place
        keys = {"group": self.group, "topic": place[0], "partition": place[1], "member": self.member}
        done = connection.execute(change, keys | {"epoch": self.epochs.get(place, -1)} | values).scalar()
        if done is None:
            self.lose(place)
            raise Fenced(place)
        return done

    def lose(self, place: Place) -> None:
        """Another member owns it now."""
        self.epochs.pop(place, None)

    def pause(self, record: Record, seconds: float) -> None:
        self._paused[record.place] = time.monotonic() + seconds

    def is_paused(self, place: Place) -> bool:
        return self._paused.get(place, 0) > time.monotonic()

    def paused(self) -> list[Place]:
        """The partitions that are left alone at present; forgets those whose pause is over."""
        self._paused = {place: until for place, until in self._paused.items() if self.is_paused(place)}
        return list(self._paused)

    def lag(self) -> dict[Place, int]:
        return {(topic, partition): behind for topic, partition, behind in self.ask(LAG, group=self.group)}

    def take(self, connection: Connection, places: list[Place], bump: int = 1) -> None:
        """Own these partitions from now on; whoever owned them before is fenced."""
        values = self._columns(places) | {"bump": bump, "lease": self.lease}
        for row in connection.execute(TAKE, values):
            self.epochs[row.topic, row.partition] = row.epoch

    def release(self) -> None:
        if self._looking is not None:
            self._looking.close()
            self._looking = None
        with self.engine.begin() as connection:
            connection.execute(RELEASE, {"group": self.group, "member": self.member})

    def _columns(self, places: list[Place]) -> dict:
        topics, partitions = [place[0] for place in places], [place[1] for place in places]
        return {"group": self.group, "member": self.member, "topics": topics, "partitions": partitions}

    def ask(self, question: TextClause, **values: Any) -> Sequence[Row]:
        """On a connection of its own that begins no transaction: it asks all day long."""
        if self._looking is None:
            self._looking = looking(self.engine)
        return self._looking.execute(question, values).all()


COMMIT = text("""
    UPDATE group_partition SET committed = :next, attempts = 0,
           leased_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE (grp, topic, partition, owner, epoch) = (:group, :topic, :partition, :member, :epoch) RETURNING committed""")
ATTEMPT = text("""
    UPDATE group_partition SET attempts = attempts + 1
    WHERE (grp, topic, partition, owner, epoch) = (:group, :topic, :partition, :member, :epoch) RETURNING attempts""")
LAG = text("""
    SELECT g.topic, g.partition, p.next_position - g.committed FROM group_partition g
    JOIN log_partition p USING (topic, partition) WHERE g.grp = :group""")
TAKE = text("""
    UPDATE group_partition SET owner = :member, epoch = epoch + :bump,
           leased_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE grp = :group AND (topic, partition) IN
        (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))
    RETURNING topic, partition, epoch""")
RELEASE = text(
    "UPDATE group_partition SET owner = NULL, leased_until = NULL WHERE grp = :group AND owner = :member"
)
# Whoever is new to a topic begins at its first event; what a service hears no longer is forgotten at an upgrade
# (shared/migrations/unheard.py).
ADD_PARTITIONS = text("""
    INSERT INTO group_partition (grp, topic, partition)
    SELECT :group, topic, partition FROM log_partition WHERE topic = ANY(:topics) ON CONFLICT DO NOTHING""")
