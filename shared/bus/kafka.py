"""The event bus on Apache Kafka: the log is Kafka's, the positions are ours.

Kafka's consumer group says who reads which partition (cooperative rebalance). Where a partition has been read to stands
in PostgreSQL and is committed with what the handler did, under a fencing epoch (shared/bus/member.py); a new owner seeks
there. Kafka is told these positions as well, for its own tools, and nothing depends on that.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from sqlalchemy import Connection, Engine, text

from shared.bus import LEASE_SECONDS, PARTITIONS, BusAway, Outgoing, Record
from shared.bus.member import ADD_PARTITIONS, MAKE_TOPICS, Member, Place
from shared.bus.turns import next_turns

DELIVERY_SECONDS = 10.0  # the outbox transaction is held open meanwhile
JOIN_SECONDS = 1.0
READ_SECONDS = 30.0
FETCH_AT_MOST, ENOUGH_IN_HAND = 500, 1000
TELL_KAFKA_EVERY, STAY_A_MEMBER_SECONDS = 5.0, 1.0
PATIENCE = {"bootstrap_timeout_ms": 10_000, "request_timeout_ms": 10_000, "reconnect_backoff_max_ms": 2_000}
Settings = dict[str, Any]


class KafkaEventBus:
    """Make it after fork: clients do not survive one. `security` are kafka-python's own settings (SASL, TLS)."""

    assignors: tuple[type, ...] = (CooperativeStickyAssignor,)

    def __init__(self, engine: Engine, bootstrap: str, lease: float = LEASE_SECONDS, **security: Any):
        self.engine, self.lease = engine, lease
        self.settings: Settings = {"bootstrap_servers": bootstrap.split(","), **PATIENCE, **security}
        self._producer: KafkaProducer | None = None
        self._reader: KafkaConsumer | None = None

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        """All are on their way together; after the first refusal nothing counts, and the producer is made anew, so
        that nothing of this attempt lingers in it and comes later than its repetition."""
        if not events:
            return 0
        ends, trouble = self._send(events)
        if trouble:
            self._drop_the_producer()
            if not ends:
                raise BusAway(f"Kafka accepted nothing: {type(trouble).__name__}") from trouble
        self._note_what_was_told(connection, ends)
        return len(ends)

    def _send(self, events: Sequence[Outgoing]) -> tuple[list[tuple[str, int, int]], Exception | None]:
        """Where the accepted prefix lies, and what stopped it."""
        places: list[tuple[str, int, int]] = []
        try:
            futures = [self._send_one(event) for event in events]
            for event, future in zip(events, futures, strict=True):
                places.append((event.topic, event.partition, future.get(DELIVERY_SECONDS + 5).offset))
        except (KafkaError, TimeoutError) as trouble:
            return places, trouble
        return places, None

    def _send_one(self, event: Outgoing) -> Any:
        headers = [(name, value.encode()) for name, value in event.headers.items()]
        where = {"partition": event.partition, "timestamp_ms": time_on_the_envelope(event.headers)}
        return self.producer.send(event.topic, event.value, event.key.encode(), headers, **where)

    @property
    def producer(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                acks="all",
                enable_idempotence=True,
                linger_ms=1,
                batch_size=64 * 1024,  # a batch must fit into the topics' max.message.bytes
                max_block_ms=5_000,
                delivery_timeout_ms=int(DELIVERY_SECONDS * 1000),
                allow_auto_create_topics=False,
                metrics_enabled=False,
                **(self.settings | {"request_timeout_ms": 5_000}),
            )
        return self._producer

    def _drop_the_producer(self) -> None:
        """At once: its close() would first wait for what is on its way, and its thread could deliver that later than
        the repetition."""
        if producer := self._producer:
            self._producer = None
            producer._sender.force_close()
            producer._sender.join(DELIVERY_SECONDS)
            producer.close(timeout=0)

    def _note_what_was_told(self, connection: Connection, ends: list[tuple[str, int, int]]) -> None:
        """PostgreSQL knows how far each partition goes: lag and the operator's counts need no broker."""
        last: dict[Place, int] = {}
        for topic, partition, position in ends:
            last[topic, partition] = max(position, last.get((topic, partition), -1))
        columns = {
            "topics": [topic for topic, _ in last],
            "partitions": [partition for _, partition in last],
            "ends": [position + 1 for position in last.values()],
        }
        connection.execute(NOTE_ENDS, columns)

    def carry(self, connection: Connection, service: str, at_most: int, by_turns: bool) -> int:
        turns = text(WAITING.format(turns=next_turns(by_turns)))
        waiting = connection.execute(turns, {"at_most": at_most, "mine": f"{service}.%"}).all()
        accepted = self.publish(connection, [outgoing(row) for row in waiting])
        connection.execute(FORGET, {"seqs": [row.seq for row in waiting[:accepted]]})
        return accepted

    def subscribe(self, group: str, topics: Sequence[str]) -> "KafkaSubscription":
        with self.engine.begin() as connection:
            connection.execute(MAKE_TOPICS, {"topics": sorted(topics), "partitions": PARTITIONS})
        return KafkaSubscription(self, group, topics)

    def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """Where the next event of each partition will lie."""
        places = [TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS)]
        try:
            return {tuple(place): end for place, end in self.reader.end_offsets(places).items()}
        except KafkaError as away:
            raise BusAway(f"Kafka does not say where its topics end: {type(away).__name__}") from away

    def read(self, topic: str, partition: int, start: int, at_most: int) -> list[Record]:
        place = TopicPartition(topic, partition)
        try:
            self.reader.assign([place])
            self.reader.seek(place, start)
            return self._read_on(place, self.reader.end_offsets([place])[place], at_most)
        except KafkaError as away:
            raise BusAway(f"Kafka cannot be read: {type(away).__name__}") from away

    def _read_on(self, place: TopicPartition, end: int, at_most: int) -> list[Record]:
        found, deadline = list[Record](), time.monotonic() + READ_SECONDS
        while len(found) < at_most and self.reader.position(place) < end:
            if time.monotonic() > deadline:
                raise BusAway("Kafka says that there is more and does not give it.")
            for records in self.reader.poll(1000, at_most - len(found)).values():
                found += [as_record(record) for record in records]
        return found

    @property
    def reader(self) -> KafkaConsumer:
        """Outside of any group."""
        if self._reader is None:
            self._reader = KafkaConsumer(group_id=None, **self._reading())
        return self._reader

    def consumer(self, group: str) -> KafkaConsumer:
        return KafkaConsumer(
            group_id=group,
            session_timeout_ms=int(self.lease * 1000),
            heartbeat_interval_ms=max(100, int(self.lease * 100)),
            partition_assignment_strategy=self.assignors,
            **self._reading(),
        )

    def _reading(self) -> Settings:
        return {
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "allow_auto_create_topics": False,
            "metrics_enabled": False,
            **self.settings,
            "request_timeout_ms": int(max(10, self.lease + 5) * 1000),
        }

    def still_leads(self) -> bool:
        return True

    def close(self) -> None:
        self._drop_the_producer()
        if self._reader:
            self._reader.close(autocommit=False)
            self._reader = None


def time_on_the_envelope(headers: dict[str, str]) -> int | None:
    """Kafka notes a time with every record, in milliseconds: of an anonymous act it must say the hour alone, too."""
    try:
        return int(datetime.fromisoformat(headers["ce_time"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None  # no event of ours; Kafka notes the time of sending


class Assignment(ConsumerRebalanceListener):
    """What Kafka says is ours, told from its own thread."""

    def __init__(self) -> None:
        self._lock, self._new, self._gone = threading.Lock(), set[Place](), set[Place]()

    def on_partitions_assigned(self, assigned) -> None:
        with self._lock:
            self._new |= {tuple(place) for place in assigned}

    def on_partitions_revoked(self, revoked) -> None:
        with self._lock:
            gone = {tuple(place) for place in revoked}
            self._gone, self._new = self._gone | gone, self._new - gone

    def changes(self) -> tuple[set[Place], set[Place]]:
        """What came and what went since the last time we asked."""
        with self._lock:
            new, gone = self._new, self._gone
            self._new, self._gone = set(), set()
        return new, gone


class KafkaSubscription(Member):
    """One member of a consumer group on Kafka; what is fetched and not yet committed lies in `hand`."""

    def __init__(self, bus: KafkaEventBus, group: str, topics: Sequence[str]):
        super().__init__(bus.engine, group, topics, bus.lease)
        self.hand: dict[Place, deque[Record]] = defaultdict(deque)
        self.ours: set[Place] = set()
        self._arriving: dict[Place, float] = {}  # to be taken, from when on
        self._turn, self._tell_kafka_at, self._fetch_at = 0, 0.0, 0.0
        self._begin: dict[Place, int] = {}  # the position that the hand begins at
        self._left_behind: set[Place] = set()
        self._gaps: dict[Place, int] = {}  # where one was seen last
        self._assignment = Assignment()
        try:
            self.consumer = bus.consumer(group)
        except KafkaError as away:
            raise BusAway(f"Kafka is not there: {type(away).__name__}") from away
        self.consumer.subscribe(self.topics, listener=self._assignment)

    def poll(self, at_most: int) -> list[Record]:
        if not self._ready() or time.monotonic() > self._fetch_at:
            self._fetch(0)
        if any(self.hand.values()):
            self._put_down_what_is_done()
        ready = self._ready()
        if not ready:
            return []
        self._turn += 1  # round robin: a hot partition cannot starve the others
        return list(islice(self.hand[ready[self._turn % len(ready)]], at_most))

    def _ready(self) -> list[Place]:
        return [
            place for place, records in sorted(self.hand.items()) if records and not self.is_paused(place)
        ]

    def wait(self, seconds: float) -> None:
        self._fetch(seconds)

    def _fetch(self, seconds: float) -> None:
        self._settle()
        before = dict(self.epochs)
        try:
            fetched = self.consumer.poll(int(self._patience(seconds) * 1000), FETCH_AT_MOST)
        except KafkaError as trouble:
            raise BusAway(f"Kafka cannot be read: {type(trouble).__name__}") from trouble
        self._settle()
        for place, records in fetched.items():
            ours = tuple(place)
            if self.epochs.get(ours) == before.get(ours):  # else it was fetched before we sought our position
                self._take_in_hand(ours, [as_record(record) for record in records])
        self._fetch_at = time.monotonic() + STAY_A_MEMBER_SECONDS

    def _patience(self, seconds: float) -> float:
        """While the group is being rebalanced we wait for the answer: kafka-python throws away one that comes between
        two polls and joins anew, so a member that only looks in would never finish joining."""
        return max(seconds, JOIN_SECONDS) if self.consumer._coordinator.need_rejoin() else seconds

    def _take_in_hand(self, place: Place, records: list[Record]) -> None:
        """What was fetched before we sought our position is fetched again; so is what a hand cannot hold, which stays
        behind until the hand is empty. (kafka-python's own pause() loses sight of a partition that it resumes.)"""
        if place not in self.epochs or place in self._left_behind:
            return
        if len(self.hand[place]) >= ENOUGH_IN_HAND:
            self._left_behind.add(place)
        else:
            self.hand[place].extend(self._what_follows(place, records))

    def _what_follows(self, place: Place, records: list[Record]) -> list[Record]:
        """The position that Kafka remembers of us may overtake the one we sought: what we had is left out, and a gap is
        read again. One that is there the second time is in the log itself."""
        hand = self.hand[place]
        expected = hand[-1].position + 1 if hand else self._begin[place]
        new = [record for record in records if record.position >= expected]
        if new and new[0].position > expected and self._gaps.get(place) != expected:
            self._gaps[place] = expected
            self.consumer.seek(TopicPartition(*place), expected)
            return []
        return new

    def _settle(self) -> None:
        """Take what Kafka gave us, let go of what it took."""
        new, gone = self._assignment.changes()
        for place in gone:
            self.ours.discard(place)
            self._arriving.pop(place, None)
            self.lose(place)
        self.ours |= new
        self._arriving |= dict.fromkeys(new, 0.0)
        if due := sorted(place for place, moment in self._arriving.items() if moment <= time.monotonic()):
            self._own(due)

    def _own(self, places: list[Place]) -> None:
        with self.engine.begin() as connection:
            connection.execute(ADD_PARTITIONS, {"group": self.group, "topics": self.topics})
            self.take(connection, places)
        committed = self._committed()
        for place in places:
            self._arriving.pop(place, None)
            self._seek(place, committed[place])

    def _seek(self, place: Place, position: int) -> None:
        self.hand[place].clear()
        self._left_behind.discard(place)
        self._begin[place] = position
        self.consumer.seek(TopicPartition(*place), position)

    def _committed(self) -> dict[Place, int]:
        rows = self._ask(COMMITTED, member=self.member)
        return {(row.topic, row.partition): row.committed for row in rows}

    def _put_down_what_is_done(self) -> None:
        """The table is the truth: what was rolled back stays in hand, and an operator may set a position back."""
        committed = self._committed()
        for place, records in self.hand.items():
            position = committed.get(place)
            if position is None:
                records.clear()
            elif position < self._begin[place]:
                self._seek(place, position)
            else:
                self._put_down(place, position)
        self._tell_kafka(committed)

    def _put_down(self, place: Place, position: int) -> None:
        records, self._begin[place] = self.hand[place], position
        while records and records[0].position < position:
            records.popleft()
        if not records and place in self._left_behind:
            self._seek(place, position)

    def _tell_kafka(self, committed: dict[Place, int]) -> None:
        if time.monotonic() < self._tell_kafka_at:
            return
        self._tell_kafka_at = time.monotonic() + TELL_KAFKA_EVERY
        places = {TopicPartition(*place): OffsetAndMetadata(at, "", -1) for place, at in committed.items()}
        self.consumer.commit_async(places)

    def lose(self, place: Place) -> None:
        """Fenced while Kafka still says it is ours: whoever took it was late; take it back after a while."""
        super().lose(place)
        self.hand[place].clear()
        if place in self.ours:
            self._arriving[place] = time.monotonic() + self.lease / 10

    def close(self) -> None:
        self.consumer.close(autocommit=False, timeout_ms=5_000)
        self.release()


def outgoing(row) -> Outgoing:
    return Outgoing(row.topic, row.key, row.headers | {"ce_sequence": f"{row.seq:020d}"}, bytes(row.value))


def as_record(record) -> Record:
    """Whatever lies there; what is no event of ours is found out when its envelope is opened."""
    headers = {printable(name): printable(value) for name, value in record.headers or ()}
    key, value = printable(record.key), record.value or b""
    return Record(record.topic, record.partition, record.offset, key, headers, value)


def printable(found: bytes | str | None) -> str:
    """As text that PostgreSQL can store, too: it knows no NUL."""
    words = found.decode("utf-8", "replace") if isinstance(found, bytes) else found or ""
    return words.replace("\x00", "\ufffd")


WAITING = "SELECT * FROM outbox WHERE seq = ANY(ARRAY({turns})) ORDER BY seq"
FORGET = text("DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))")
NOTE_ENDS = text("""
    INSERT INTO log_partition (topic, partition, next_position)
    SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:ends AS bigint[]))
    ON CONFLICT (topic, partition)
    DO UPDATE SET next_position = greatest(log_partition.next_position, excluded.next_position)""")
COMMITTED = text(
    "SELECT topic, partition, committed FROM group_partition WHERE grp = :group AND owner = :member"
)
