"""The event bus in PostgreSQL: a log with dense offsets, leased partitions with fencing epochs.

Relay and consumers run in the same database: publishing is atomic with emptying the outbox, and committing a position is
atomic with what the listener did.
"""

import math
import random
import time
from collections.abc import Sequence

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Engine, text

from shared.messaging.bus import LEASE_SECONDS, PARTITIONS, OutboxScan, Outgoing, Record
from shared.messaging.bus.fair_relay import FEW, IN_FAIR_ORDER, IN_ORDER, SCAN
from shared.messaging.bus.listen_connection import EVENT_LOG, Notifications, notifications_for
from shared.messaging.bus.member import ADD_PARTITIONS, Member, Place

APPEND = text("""
    SELECT bus.append(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:headers AS jsonb[]), CAST(:values AS bytea[]))""")
# One statement from outbox to log: nothing of it passes through this process. Its snapshot may be older than the lock:
# what others have relayed since is gone all the same, and who changes the transport holds its row as well (infra/kafka/migrate_to_kafka.py).
RELAY = f"""
    WITH scan AS MATERIALIZED ({SCAN}, set_config('synchronous_commit', 'off', true)),
    moved AS (
        DELETE FROM outbox
        WHERE (SELECT is_mine AND {{condition}} FROM scan) AND NOT EXISTS (SELECT FROM transport WHERE name <> 'postgres')
              AND seq = ANY(ARRAY({{order}}))
        RETURNING seq, topic, key, value,
                  headers || jsonb_build_object('ce_sequence', lpad(seq::text, 20, '0')) AS headers),
    appended AS (
        SELECT CASE WHEN count(*) > 0 THEN bus.append(
                   array_agg(topic ORDER BY seq), array_agg(key ORDER BY seq),
                   array_agg(headers ORDER BY seq), array_agg(value ORDER BY seq)) ELSE 0 END AS number FROM moved)
    SELECT is_mine, waiting, is_shared, number AS published FROM scan, appended"""
RELAY_FEW = text(RELAY.format(condition=f"waiting <= {FEW}", order=IN_ORDER))
RELAY_FAIRLY = text(RELAY.format(condition="waiting > 0", order=IN_FAIR_ORDER))


class PostgresEventBus:
    """`engine` connects as a role that may use the bus schema."""

    def __init__(self, engine: Engine, lease: float = LEASE_SECONDS):
        self.engine, self.lease = engine, lease

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        columns = {
            "topics": [event.topic for event in events],
            "keys": [event.key for event in events],
            "headers": [Jsonb(event.headers) for event in events],
            "values": [event.value for event in events],
        }
        return connection.scalar(APPEND, columns) or 0

    def relay(self, connection: Connection, service: str, at_most: int, window: int | None) -> OutboxScan:
        params = {"service": service, "at_most": at_most} | ({} if window is None else {"window": window})
        return OutboxScan(*connection.execute(RELAY_FEW if window is None else RELAY_FAIRLY, params).one())

    def subscribe(self, group: str, topics: Sequence[str]) -> "PostgresSubscription":
        return PostgresSubscription(self, group, topics)

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        place = {"topic": topic, "partition": partition, "start": start, "at_most": at_most}
        with self.engine.connect() as connection:
            return [
                Record(topic, partition, position, key, headers, bytes(value))
                for position, key, headers, value in connection.execute(READ, place).all()
            ]

    def is_current(self) -> bool:
        return True

    def close(self) -> None:
        """The engine belongs to whoever made it."""


class PostgresSubscription(Member):
    """One member of a consumer group on the PostgreSQL bus."""

    def __init__(self, bus: PostgresEventBus, group: str, topics: Sequence[str]):
        super().__init__(bus.engine, group, topics, bus.lease)
        self.bus = bus
        self._balance_at, self._last = 0.0, anywhere(topics)
        self._notifications: Notifications | None = None

    def poll(self, at_most: int) -> list[Record]:
        self.balance()
        paused = self._columns(self.paused())
        rows = self.ask(NEXT, **paused, last=self._last[0], nr=self._last[1], at_most=at_most)
        records = [
            Record(topic, partition, position, key, headers, bytes(value))
            for topic, partition, position, key, headers, value in rows
        ]
        if not records or records[0].place not in self.epochs:
            return []
        self._last = records[0].place
        return records

    def wait(self, seconds: float) -> bool:
        """Waits until something is appended to a topic of ours, a pause is over, or other partitions are ours; renews our leases
        meanwhile."""
        if self._notifications is None:
            self._notifications = notifications_for(self.engine, EVENT_LOG, about=self.topics)
            return True  # what was appended before we listened notified nobody: poll first
        due_at = min([self._balance_at, *self._paused.values()])
        arrived = self._notifications.wait(min(seconds, due_at - time.monotonic()))
        a_pause_is_over = time.monotonic() >= min(self._paused.values(), default=math.inf)
        return self.balance() or a_pause_is_over or bool(arrived)

    def balance(self) -> bool:
        """Renews our leases and takes a fair share of partitions: expired leases are free, surplus ones are given back. Returns
        whether others are ours now."""
        if time.monotonic() < self._balance_at:
            return False
        before = self.epochs
        if not (self.epochs and self._is_still_so()):
            self._share_anew()
        self._balance_at = time.monotonic() + self.lease / 3
        return self.epochs != before

    def _is_still_so(self) -> bool:
        """Renews our leases in one statement; returns whether nobody came or went and no partition is without an owner."""
        params = {"group": self.group, "member": self.member, "topics": self.topics, "lease": self.lease}
        (now,) = self.ask(STILL_SO, **params)
        quota = -(-now.partitions // max(1, now.members))
        return now.is_settled and now.kept == len(self.epochs) <= quota

    def _share_anew(self) -> None:
        with self.engine.begin() as connection:
            self._sign_in(connection)
            mine, free, quota = self._shares(connection)
            connection.execute(GIVE_BACK, self._columns(mine[quota:]))
            self.epochs = {}
            self.take(connection, mine[:quota], bump=0)
            self.take(connection, free[: max(0, quota - len(mine))])

    def _sign_in(self, connection: Connection) -> None:
        values = {"group": self.group, "member": self.member, "lease": self.lease, "topics": self.topics}
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:group, 712))"), values)
        for step in (HEARTBEAT, FORGET_THE_DEAD, ADD_PARTITIONS):
            connection.execute(step, values)

    def _shares(self, connection: Connection) -> tuple[list[Place], list[Place], int]:
        values = {"group": self.group, "topics": self.topics}
        members = connection.scalar(text("SELECT count(*) FROM group_member WHERE grp = :group"), values)
        rows = connection.execute(PARTITION_STATES, values).all()
        mine = [(row.topic, row.partition) for row in rows if row.live and row.owner == self.member]
        free = [(row.topic, row.partition) for row in rows if not row.live]
        return mine, free, -(-len(rows) // max(1, members or 1))

    def close(self) -> None:
        if self._notifications:
            self._notifications.close()
        self.release()
        with self.engine.begin() as connection:
            connection.execute(SIGN_OUT, {"group": self.group, "member": self.member})


def anywhere(topics: Sequence[str]) -> Place:
    """Returns where the first round begins, drawn at random: members that are ended again and again would all begin at the same partition."""
    return random.choice(topics), random.randrange(PARTITIONS)


# Round robin: the partition after the last one, so that a hot one cannot starve the others. One whose row says more than
# the log holds is passed over: nothing would come of it, and nothing would come after it.
NEXT = text("""
    WITH next AS (
        SELECT g.topic, g.partition, g.committed FROM group_partition g JOIN log_partition p USING (topic, partition)
        WHERE g.grp = :group AND g.owner = :member AND p.next_position > g.committed
          AND (SELECT true FROM event_log l WHERE (l.topic, l.partition) = (g.topic, g.partition)
                                              AND l.position >= g.committed LIMIT 1)
          AND (g.topic, g.partition) NOT IN
              (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))
        ORDER BY (g.topic, g.partition) <= (:last, :nr), g.topic, g.partition LIMIT 1)
    SELECT next.topic, next.partition, e.position, e.key, e.headers, e.value
    FROM next CROSS JOIN LATERAL (
        SELECT position, key, headers, value FROM event_log l
        WHERE (l.topic, l.partition) = (next.topic, next.partition) AND l.position >= next.committed
        ORDER BY l.position LIMIT :at_most) AS e
    ORDER BY e.position""")
READ = text("""
    SELECT position, key, headers, value FROM event_log
    WHERE topic = :topic AND partition = :partition AND position >= :start ORDER BY position LIMIT :at_most""")
# Nobody waits for the disk here: what a crash takes back of a heartbeat is a lease that ends the sooner. Who balances
# meanwhile has the lock, and then we look at everything, too.
STILL_SO = text("""
    WITH turn AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(hashtextextended(:group, 712)) AS is_mine,
               set_config('synchronous_commit', 'off', true)),
    beat AS (
        UPDATE group_member SET seen_at = clock_timestamp()
        WHERE (SELECT is_mine FROM turn) AND (grp, member) = (:group, :member) RETURNING member),
    kept AS (
        UPDATE group_partition SET leased_until = clock_timestamp() + make_interval(secs => :lease)
        WHERE (SELECT is_mine FROM turn) AND (grp, owner) = (:group, :member) AND topic = ANY(:topics)
              AND leased_until > clock_timestamp() RETURNING topic),
    ours AS (SELECT leased_until FROM group_partition WHERE grp = :group AND topic = ANY(:topics)),
    crew AS (SELECT seen_at FROM group_member WHERE grp = :group)
    SELECT (SELECT count(*) FROM kept) AS kept, (SELECT count(*) FROM crew) AS members,
           (SELECT count(*) FROM ours) AS partitions,
           EXISTS (SELECT FROM beat)
           AND (SELECT count(*) FROM ours) = (SELECT count(*) FROM log_partition WHERE topic = ANY(:topics))
           AND NOT EXISTS (SELECT FROM ours WHERE leased_until > clock_timestamp() IS NOT TRUE)
           AND NOT EXISTS (SELECT FROM crew WHERE seen_at < clock_timestamp() - make_interval(secs => :lease))
               AS is_settled""")
HEARTBEAT = text("""
    INSERT INTO group_member (grp, member, seen_at) VALUES (:group, :member, clock_timestamp())
    ON CONFLICT (grp, member) DO UPDATE SET seen_at = excluded.seen_at""")
FORGET_THE_DEAD = text("""
    DELETE FROM group_member WHERE grp = :group AND seen_at < clock_timestamp() - make_interval(secs => :lease)""")
PARTITION_STATES = text("""
    SELECT topic, partition, owner, coalesce(leased_until > clock_timestamp(), false) AS live FROM group_partition
    WHERE grp = :group AND topic = ANY(:topics) ORDER BY partition, topic FOR UPDATE""")
GIVE_BACK = text("""
    UPDATE group_partition SET owner = NULL, leased_until = NULL WHERE grp = :group AND (topic, partition) IN
        (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[])))""")
SIGN_OUT = text("DELETE FROM group_member WHERE (grp, member) = (:group, :member)")
