"""The event bus on Apache Kafka: the log is Kafka's, the positions are ours.

Kafka's consumer group says who reads which partition (cooperative rebalance). Where a partition has been read to stands
in PostgreSQL and is committed with what the handler did, under a fencing epoch (shared/messaging/bus/member.py); a new owner seeks
there. Kafka is told these positions as well, for its own tools, and nothing depends on that.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import KafkaError
from sqlalchemy import Connection, Engine, text

from shared.messaging.bus import LEASE_SECONDS, PARTITIONS, BusAway, OutboxScan, Outgoing, Record
from shared.messaging.bus.fair_relay import FEW, IN_FAIR_ORDER, IN_ORDER, SCAN
from shared.messaging.bus.kafka_member import KafkaSubscription
from shared.messaging.bus.kafka_records import as_record
from shared.messaging.bus.member import Place

DELIVERY_SECONDS = 10.0  # the outbox transaction is held open meanwhile
READ_SECONDS = 30.0
PATIENCE = {"bootstrap_timeout_ms": 10_000, "request_timeout_ms": 10_000, "reconnect_backoff_max_ms": 2_000}
Settings = dict[str, Any]
Laid = tuple[str, int, int]  # topic, partition, position


class KafkaEventBus:
    """Make it after fork: clients do not survive one. `security` are kafka-python's own settings (SASL, TLS)."""

    assignors: tuple[type, ...] = (CooperativeStickyAssignor,)

    def __init__(self, engine: Engine, bootstrap: str, lease: float = LEASE_SECONDS, **security: Any):
        self.engine, self.lease = engine, lease
        self.settings: Settings = {"bootstrap_servers": bootstrap.split(","), **PATIENCE, **security}
        self._producer: KafkaProducer | None = None
        self._reader: KafkaConsumer | None = None

    def publish(self, connection: Connection, events: Sequence[Outgoing]) -> int:
        if not events:
            return 0
        laid = self.lay(events)
        self._note_what_was_told(connection, laid)
        return len(laid)

    def lay(self, events: Sequence[Outgoing]) -> list[Laid]:
        """Sends events and returns where the durably accepted prefix lies; in PostgreSQL nothing changes. All are on their way together; after
        the first refusal nothing counts, and the producer is made anew, so that nothing of this attempt lingers in it
        and comes later than its repetition."""
        laid, trouble = self._send(events)
        if trouble:
            self._drop_the_producer()
            if not laid:
                raise BusAway(f"Kafka accepted nothing: {type(trouble).__name__}") from trouble
        return laid

    def _send(self, events: Sequence[Outgoing]) -> tuple[list[Laid], Exception | None]:
        """Returns where the accepted prefix lies, and what stopped it."""
        places: list[Laid] = []
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

    def _note_what_was_told(self, connection: Connection, laid: list[Laid]) -> None:
        """PostgreSQL knows how far each partition goes: lag and the operator's counts need no broker."""
        last: dict[Place, int] = {}
        for topic, partition, position in laid:
            last[topic, partition] = max(position, last.get((topic, partition), -1))
        columns = {
            "topics": [topic for topic, _ in last],
            "partitions": [partition for _, partition in last],
            "ends": [position + 1 for position in last.values()],
        }
        connection.execute(NOTE_ENDS, columns)

    def relay(self, connection: Connection, service: str, at_most: int, window: int | None) -> OutboxScan:
        """Publishes in a transaction of its own, which is open while the events are on their way."""
        with self.engine.begin() as own:
            scan = OutboxScan(*own.execute(SCAN_AND_HOLD, {"service": service}).one()[:3])
            many = scan.waiting > FEW
            if not (scan.is_mine and scan.waiting) or (many and window is None):
                return scan
            params = {"at_most": at_most, "window": window}
            waiting = own.execute(WAITING_IN_FAIR_ORDER if many else WAITING, params).all()
            accepted = self.publish(own, [outgoing(row) for row in waiting])
            own.execute(FORGET, {"seqs": [row.seq for row in waiting[:accepted]]})
            return scan._replace(published=accepted)

    def subscribe(self, group: str, topics: Sequence[str]) -> KafkaSubscription:
        try:
            consumer = self.consumer(group)
        except KafkaError as away:
            raise BusAway(f"Kafka is not there: {type(away).__name__}") from away
        return KafkaSubscription(self.engine, consumer, group, topics, self.lease)

    def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        """Returns where the next event of each partition will lie."""
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

    def is_current(self) -> bool:
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


def outgoing(row) -> Outgoing:
    return Outgoing(row.topic, row.key, row.headers | {"ce_sequence": f"{row.seq:020d}"}, bytes(row.value))


# To plan the turns takes as long as to take them, and every plan would be the same.
SCAN_AND_HOLD = text(f"""{SCAN},
    set_config('synchronous_commit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)""")
ALL_OF = "SELECT * FROM outbox WHERE seq = ANY(ARRAY({order})) ORDER BY seq"
WAITING, WAITING_IN_FAIR_ORDER = text(ALL_OF.format(order=IN_ORDER)), text(ALL_OF.format(order=IN_FAIR_ORDER))
FORGET = text("DELETE FROM outbox WHERE seq = ANY(CAST(:seqs AS bigint[]))")
NOTE_ENDS = text(
    "SELECT bus.note_ends(CAST(:topics AS text[]), CAST(:partitions AS int[]), CAST(:ends AS bigint[]))"
)
