"""A member of a consumer group on Kafka: Kafka says which partitions are its own, PostgreSQL how far they have been read."""

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import islice

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from sqlalchemy import Engine, text

from shared.messaging.bus import BusAway, EventsLost, Record
from shared.messaging.bus.kafka_records import as_record
from shared.messaging.bus.member import ADD_PARTITIONS, Member, Place

log = logging.getLogger(__name__)
JOIN_SECONDS = 1.0
FETCH_AT_MOST, ENOUGH_IN_HAND = 500, 1000
TELL_KAFKA_EVERY, STAY_A_MEMBER_SECONDS = 5.0, 1.0


class Assignment(ConsumerRebalanceListener):
    """The partitions that Kafka assigns to us, told from its own thread."""

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
        """Returns the partitions that came and that went since the last call."""
        with self._lock:
            new, gone = self._new, self._gone
            self._new, self._gone = set(), set()
        return new, gone


class KafkaSubscription(Member):
    """One member of a consumer group on Kafka; what is fetched and not yet committed lies in `hand`."""

    def __init__(
        self, engine: Engine, consumer: KafkaConsumer, group: str, topics: Sequence[str], lease: float
    ):
        super().__init__(engine, group, topics, lease)
        self.hand: dict[Place, deque[Record]] = defaultdict(deque)
        self.ours: set[Place] = set()
        self._arriving: dict[Place, float] = {}  # to be taken, from when on
        self._turn, self._tell_kafka_at, self._fetch_at = 0, 0.0, 0.0
        self._begin: dict[Place, int] = {}  # the position that the hand begins at
        self._left_behind: set[Place] = set()
        self._gaps: dict[Place, int] = {}  # where one was seen last
        self._assignment = Assignment()
        self.consumer = consumer
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

    def wait(self, seconds: float) -> bool:
        self._fetch(seconds)
        return bool(self._ready())

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
        """Takes fetched records in hand. What was fetched before we sought our position is fetched again; so is what a hand cannot hold, which stays
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
        self._see_that_nothing_is_lost({place: committed[place] for place in places})
        for place in places:
            self._arriving.pop(place, None)
            self._seek(place, committed[place])

    def _see_that_nothing_is_lost(self, positions: dict[Place, int]) -> None:
        """A broker without its disk, or a restore: we stand still until a person has looked, and pass nothing over."""
        try:
            ends = self.consumer.end_offsets([TopicPartition(*place) for place in positions])
        except KafkaError as away:
            raise BusAway(f"Kafka does not say where its topics end: {type(away).__name__}") from away
        for place, end in ends.items():
            if end < positions[tuple(place)]:
                log.error(LOST, self.group, *place, end, positions[tuple(place)])
                raise EventsLost(tuple(place))

    def _seek(self, place: Place, position: int) -> None:
        self.hand[place].clear()
        self._left_behind.discard(place)
        self._begin[place] = position
        self.consumer.seek(TopicPartition(*place), position)

    def _committed(self) -> dict[Place, int]:
        rows = self.ask(COMMITTED, group=self.group, member=self.member)
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


LOST = "%s: %s %s ends at %s on Kafka, and we have read to %s: events are lost there. Nothing is handled; bring them back."
COMMITTED = text(
    "SELECT topic, partition, committed FROM group_partition WHERE grp = :group AND owner = :member"
)
