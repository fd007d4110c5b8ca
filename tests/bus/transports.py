"""The three transports that events can travel, each with what a test needs of it; also from a process of its own."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kafka.errors import GroupIdNotFoundError, KafkaError
from sqlalchemy import Engine, text

from infra.kafka.broker import Kafka
from infra.kafka.topics import make_topics
from shared.messaging.bus import PARTITIONS
from shared.messaging.bus.kafka import KafkaEventBus
from shared.messaging.bus.kafka_member import KafkaSubscription
from shared.messaging.bus.member import Member
from shared.messaging.bus.postgres import PostgresEventBus
from tests.kafka.mock import CLIENT_SETTINGS, MockCluster, SlowRange

LEASE, GONE_SECONDS, KNOWN_SECONDS = 2.0, 30.0, 5.0
MOCK_SESSION = 5.0  # its leaders think before they answer, and may not lose their session over it
TOPICS = ("workshop.round", "process.run", "voting.ranking")


@dataclass(frozen=True)
class Address:
    """Where a transport is, so that another process finds it, too."""

    transport: str
    bootstrap: str = ""

    def bus(self, engine: Engine, lease: float = LEASE) -> Any:
        return BUSES[self.transport](self, engine, lease)


class MockKafkaEventBus(KafkaEventBus):
    """The adapter as it is, with the assignor that the mock cluster can follow. Whoever joins before the topics are known joins once
    more as soon as they are, and the mock loses a joiner that comes back so soon: a member is handed out when they are known, and one
    that is lost all the same asks again after some seconds, not after five minutes."""

    assignors = (SlowRange,)

    def _reading(self) -> dict[str, Any]:
        return super()._reading() | {"max_poll_interval_ms": int(self.lease * 1000)}

    def subscribe(self, group: str, topics: Sequence[str]) -> KafkaSubscription:
        member, deadline = super().subscribe(group, topics), time.monotonic() + KNOWN_SECONDS
        known = member.consumer._cluster
        while not all(map(known.partitions_for_topic, topics)) and time.monotonic() < deadline:
            known.request_update()  # kafka-python drops the one for the topics while its very first is under way
            time.sleep(0.05)
        return member


BUSES = {
    "postgres": lambda address, engine, lease: PostgresEventBus(engine, lease=lease),
    "mock": lambda address, engine, lease: MockKafkaEventBus(
        engine, address.bootstrap, lease=max(lease, MOCK_SESSION), **CLIENT_SETTINGS
    ),
    "kafka": lambda address, engine, lease: KafkaEventBus(engine, address.bootstrap, lease=lease),
}


class PostgresTransport:
    """The log beside the data: what is away takes everything along, so it has no outage of its own."""

    has_outages = False

    def __init__(self) -> None:
        self.address = Address("postgres")

    def lay(self, topics: Iterable[str]) -> None:
        """A topic is there as soon as it is subscribed to."""

    def end_session(self, member: Member) -> None:
        """As if it had been silent for longer than its lease."""
        with member.engine.begin() as connection:
            who = {"group": member.group, "member": member.member}
            connection.execute(EXPIRE, who)
            connection.execute(FORGET, who)

    def close(self) -> None:
        """The tables are emptied before every test."""


class KafkaRoad:
    """What both Kafkas have in common."""

    has_outages = True

    def end_session(self, member: Any) -> None:
        """Kafka takes the partitions away, and the member has not noticed."""
        member.consumer.close(autocommit=False, timeout_ms=2000)


class MockTransport(KafkaRoad):
    def __init__(self) -> None:
        self.cluster = MockCluster()
        self.lay(TOPICS)
        self.address = Address("mock", self.cluster.bootstrap)

    def lay(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self.cluster.make_topic(topic, PARTITIONS)

    def go_down(self) -> None:
        self.cluster.go_down()

    def come_up(self) -> None:
        self.cluster.come_up()

    def close(self) -> None:
        self.cluster.close()


class RealTransport(KafkaRoad):
    """The test run's broker, with the topics made anew."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.address = Address("kafka", kafka.bootstrap)
        self.lay(TOPICS)

    def lay(self, topics: Iterable[str]) -> None:
        with self.kafka.admin() as admin:
            forget_groups(admin)
            if there := sorted(set(topics) & set(admin.list_topics())):
                admin.delete_topics(there)
                wait_until_gone(admin, there)
            make_topics(admin, set(topics))

    def go_down(self) -> None:
        self.kafka.stop()

    def come_up(self) -> None:
        self.kafka.start()

    def close(self) -> None:
        """The broker goes on for the other tests."""


def wait_until_gone(admin: Any, topics: list[str]) -> None:
    """What the broker still lists would be taken for there."""
    deadline = time.monotonic() + GONE_SECONDS
    while set(topics) & set(admin.list_topics()):
        assert time.monotonic() < deadline, f"The broker still has {topics}."
        time.sleep(0.05)


def forget_groups(admin: Any) -> None:
    """Those that still have members end with their sessions."""
    groups = [group["group_id"] for group in admin.list_groups()]
    try:
        admin.delete_groups(groups)
    except (GroupIdNotFoundError, KafkaError):
        return


EXPIRE = text("""
    UPDATE group_partition SET leased_until = clock_timestamp() - interval '1 second'
    WHERE (grp, owner) = (:group, :member)""")
FORGET = text("DELETE FROM group_member WHERE (grp, member) = (:group, :member)")
