"""The event bus in PostgreSQL: a log with dense offsets, leased partitions with fencing epochs.

The outbox relay and the handlers run in the same database, so publishing is atomic with emptying the outbox and
the committed position is atomic with what the handler did.
"""

import os
import socket
import time
from collections.abc import Sequence
from uuid import uuid4

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, text

from shared.bus import PARTITIONS, Fenced, Outgoing, Record

LEASE_SECONDS = 30.0

APPEND = text("""
    WITH come AS (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:keys AS text[]),
                                       CAST(:headers AS jsonb[]), CAST(:values AS bytea[]))
                  WITH ORDINALITY AS t(topic, partition, key, headers, value, nr)),
    head AS (UPDATE log_partition h SET next_position = h.next_position + c.n
             FROM (SELECT topic, partition, count(*) n FROM come GROUP BY 1, 2) c
             WHERE (h.topic, h.partition) = (c.topic, c.partition)
             RETURNING h.topic, h.partition, h.next_position - c.n AS base)
    INSERT INTO event_log (topic, partition, position, key, headers, value)
    SELECT c.topic, c.partition, head.base - 1 + row_number() OVER (PARTITION BY c.topic, c.partition ORDER BY c.nr),
           c.key, c.headers, c.value
    FROM come c JOIN head USING (topic, partition)""")
ANNOUNCE = text("SELECT pg_notify('event_log', topic) FROM unnest(CAST(:topics AS text[])) topic")
MAKE_TOPICS = text("""
    INSERT INTO log_partition (topic, partition)
    SELECT t, p FROM unnest(CAST(:topics AS text[])) t, generate_series(0, :partitions - 1) p
    ON CONFLICT DO NOTHING""")


class PostgresEventBus:
    """`engine` connects as a role that may use the bus schema."""

    def __init__(self, engine: Engine, lease: float = LEASE_SECONDS):
        self.engine, self.lease = engine, lease
        self._known: set[str] = set()

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        if events:
            self.make_topics({event.topic for event in events}, connection)
            columns = {
                "topics": [event.topic for event in events],
                "partitions": [event.partition for event in events],
                "keys": [event.key for event in events],
                "headers": [Jsonb(event.headers) for event in events],
                "values": [event.value for event in events],
            }
            connection.execute(APPEND, columns)
            connection.execute(ANNOUNCE, {"topics": sorted({event.topic for event in events})})
        return len(events)

    def make_topics(self, topics: set[str], connection: Connection) -> None:
        if new := topics - self._known:
            connection.execute(MAKE_TOPICS, {"topics": sorted(new), "partitions": PARTITIONS})
            self._known |= new

    def subscribe(self, group: str, topics: Sequence[str]) -> "PostgresSubscription":
        with self.engine.begin() as connection:
            self.make_topics(set(topics), connection)
        return PostgresSubscription(self.engine, group, topics, self.lease)


class PostgresSubscription:
    """One member of a consumer group on the PostgreSQL bus."""

    def __init__(self, engine: Engine, group: str, topics: Sequence[str], lease: float):
        self.engine, self.group, self.topics, self.lease = engine, group, sorted(topics), lease
        self.member = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self.epochs: dict[tuple[str, int], int] = {}
        self._balance_at, self._paused, self._turn = 0.0, dict[tuple[str, int], float](), 0

    def poll(self, at_most: int) -> list[Record]:
        self.balance()
        waiting = self._partitions_with_news()
        if not waiting:
            return []
        self._turn += 1  # round robin: a hot partition cannot starve the others
        return self._read(*waiting[self._turn % len(waiting)], at_most)

    def _partitions_with_news(self) -> list[tuple[str, int, int]]:
        now = time.monotonic()
        return [
            (topic, partition, committed)
            for topic, partition, committed in self._ask(NEWS, member=self.member)
            if (topic, partition) in self.epochs and self._paused.get((topic, partition), 0) <= now
        ]

    def _read(self, topic: str, partition: int, committed: int, at_most: int) -> list[Record]:
        rows = self._ask(READ, topic=topic, partition=partition, committed=committed, at_most=at_most)
        return [
            Record(topic, partition, position, key, headers, bytes(value))
            for position, key, headers, value in rows
        ]

    def _ask(self, question, **values) -> list:
        with self.engine.connect() as connection:
            return list(connection.execute(question, {"group": self.group} | values))

    def commit(self, record: Record, connection: Connection) -> None:
        self._change(connection, COMMIT, record, next=record.position + 1, lease=self.lease)

    def attempt(self, record: Record) -> int:
        with self.engine.begin() as connection:
            return self._change(connection, ATTEMPT, record)

    def _change(self, connection: Connection, change, record: Record, **values) -> int:
        place = (record.topic, record.partition)
        keys = {"group": self.group, "topic": place[0], "partition": place[1], "member": self.member}
        done = connection.execute(change, keys | {"epoch": self.epochs.get(place, -1)} | values).scalar()
        if done is None:
            self.epochs.pop(place, None)
            raise Fenced(place)
        return done

    def pause(self, record: Record, seconds: float) -> None:
        self._paused[record.topic, record.partition] = time.monotonic() + seconds

    def lag(self) -> dict[tuple[str, int], int]:
        return {(topic, partition): behind for topic, partition, behind in self._ask(LAG)}

    def balance(self) -> None:
        """Heartbeat and take a fair share of partitions: expired leases are free, surplus ones are given back."""
        if time.monotonic() < self._balance_at:
            return
        with self.engine.begin() as connection:
            self._sign_in(connection)
            mine, free, quota = self._shares(connection)
            self._give_back(connection, mine[quota:])
            taken = free[: max(0, quota - len(mine))]
            self.epochs = self._lease(connection, mine[:quota], 0) | self._lease(connection, taken, 1)
        self._balance_at = time.monotonic() + self.lease / 3

    def _sign_in(self, connection: Connection) -> None:
        values = {"group": self.group, "member": self.member, "lease": self.lease, "topics": self.topics}
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:group, 712))"), values)
        for step in (HEARTBEAT, FORGET_THE_DEAD, ADD_PARTITIONS):
            connection.execute(step, values)

    def _shares(self, connection: Connection) -> tuple[list, list, int]:
        values = {"group": self.group, "topics": self.topics}
        members = connection.scalar(text("SELECT count(*) FROM group_member WHERE grp = :group"), values)
        rows = connection.execute(PARTITION_STATES, values).all()
        mine = [(row.topic, row.partition) for row in rows if row.live and row.owner == self.member]
        free = [(row.topic, row.partition) for row in rows if not row.live]
        return mine, free, -(-len(rows) // max(1, members or 1))

    def _give_back(self, connection: Connection, places: list) -> None:
        connection.execute(GIVE_BACK, self._columns(places))

    def _lease(self, connection: Connection, places: list, bump: int) -> dict[tuple[str, int], int]:
        values = self._columns(places) | {"bump": bump, "lease": self.lease}
        return {(row.topic, row.partition): row.epoch for row in connection.execute(TAKE, values)}

    def _columns(self, places: list) -> dict:
        topics, partitions = [place[0] for place in places], [place[1] for place in places]
        return {"group": self.group, "member": self.member, "topics": topics, "partitions": partitions}

    def close(self) -> None:
        with self.engine.begin() as connection:
            values = {"group": self.group, "member": self.member}
            connection.execute(RELEASE, values)
            connection.execute(
                text("DELETE FROM group_member WHERE (grp, member) = (:group, :member)"), values
            )


NEWS = text("""
    SELECT g.topic, g.partition, g.committed FROM group_partition g JOIN log_partition p USING (topic, partition)
    WHERE g.grp = :group AND g.owner = :member AND p.next_position > g.committed ORDER BY g.topic, g.partition""")
READ = text("""
    SELECT position, key, headers, value FROM event_log
    WHERE topic = :topic AND partition = :partition AND position >= :committed ORDER BY position LIMIT :at_most""")
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
HEARTBEAT = text("""
    INSERT INTO group_member (grp, member, seen_at) VALUES (:group, :member, clock_timestamp())
    ON CONFLICT (grp, member) DO UPDATE SET seen_at = excluded.seen_at""")
FORGET_THE_DEAD = text("""
    DELETE FROM group_member WHERE grp = :group AND seen_at < clock_timestamp() - make_interval(secs => :lease)""")
ADD_PARTITIONS = text("""
    INSERT INTO group_partition (grp, topic, partition)
    SELECT :group, topic, partition FROM log_partition WHERE topic = ANY(:topics) ON CONFLICT DO NOTHING""")
PARTITION_STATES = text("""
    SELECT topic, partition, owner, coalesce(leased_until > clock_timestamp(), false) AS live FROM group_partition
    WHERE grp = :group AND topic = ANY(:topics) ORDER BY partition, topic FOR UPDATE""")
GIVE_BACK = text("""
    UPDATE group_partition SET owner = NULL, leased_until = NULL WHERE grp = :group AND (topic, partition) IN
        (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))""")
TAKE = text("""
    UPDATE group_partition SET owner = :member, epoch = epoch + :bump,
           leased_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE grp = :group AND (topic, partition) IN
        (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))
    RETURNING topic, partition, epoch""")
RELEASE = text(
    "UPDATE group_partition SET owner = NULL, leased_until = NULL WHERE grp = :group AND owner = :member"
)
