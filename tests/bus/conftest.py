"""One suite, three transports: the log in PostgreSQL, librdkafka's mock cluster, and a real Kafka where there is one."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.broker import Kafka
from shared.messaging.bus import Outgoing, Record, Subscription
from tests.bus.transports import LEASE, MockTransport, PostgresTransport, RealTransport
from tests.kafka.conftest import a_broker
from tests.kafka.conftest import jars as jars
from tests.kafka.mock import librdkafka
from tests.shared.conftest import SERVICE, empty_the_bus, lay
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables
from tests.waiting import PATIENCE_SECONDS as PATIENCE_SECONDS
from tests.waiting import until as until

TOPIC = "workshop.round"
ALL_TRANSPORTS = ("postgres", "mock", pytest.param("kafka", marks=pytest.mark.kafka))
BROKERS = ALL_TRANSPORTS[1:]
WITHOUT_GROUPS_OF_MANY = ALL_TRANSPORTS[::2]  # the mock loses joiners


@pytest.fixture(scope="session")
def open_kafka(jars, tmp_path_factory) -> Iterator[Kafka]:
    """A real broker without passwords; the test session's own, or the one that stays in POLKU_TEST_KAFKA_HOME."""
    stays = os.environ.get("POLKU_TEST_KAFKA_HOME")
    home = Path(stays) if stays else tmp_path_factory.mktemp("open")
    kafka = a_broker(home, "PLAINTEXT")
    kafka.start()
    yield kafka
    if not stays:
        kafka.stop()
        shutil.rmtree(home)


@pytest.fixture(params=ALL_TRANSPORTS)
def transport(request, owner_of_tables) -> Iterator[Any]:
    """Empty before, closed after."""
    empty_the_bus(owner_of_tables)
    transport = TRANSPORTS[request.param](request)
    yield transport
    transport.close()


def mock_road(request) -> MockTransport:
    if librdkafka() is None:
        pytest.skip("Install confluent-kafka, of requirements-dev.txt, for the mock cluster.")
    return MockTransport()


TRANSPORTS: dict[str, Callable[[Any], Any]] = {
    "postgres": lambda request: PostgresTransport(),
    "mock": mock_road,
    "kafka": lambda request: RealTransport(request.getfixturevalue("open_kafka")),
}


@pytest.fixture
def bus(transport, engine) -> Iterator[Any]:
    bus = transport.address.bus(engine)
    yield bus
    bus.close()


@pytest.fixture
def join(bus) -> Iterator[Callable[..., Subscription]]:
    """join() becomes a member of our service's group, until the end of the test."""
    members: list[Subscription] = []

    def become_a_member(group: str = SERVICE, *topics: str) -> Subscription:
        members.append(bus.subscribe(group, topics or [TOPIC]))
        return members[-1]

    yield become_a_member
    for member in members:
        member.close()


def publish(bus: Any, count: int, key: str = "k", topic: str = TOPIC, first: int = 0) -> None:
    events = [Outgoing(topic, key, {"nr": str(first + number)}, b"{}") for number in range(count)]
    assert lay(bus, *events) == count


@contextmanager
def polling(*members: Subscription) -> Iterator[None]:
    """Each in a thread of its own, as in life; what they are given they leave undone."""
    stop = threading.Event()

    def poll(member: Subscription) -> None:
        while not stop.is_set():
            member.poll(1)
            member.wait(0.3)

    with ThreadPoolExecutor(len(members)) as crew:
        parts = [crew.submit(poll, member) for member in members]
        try:
            yield
        finally:
            stop.set()
    for part in parts:
        part.result()


def next_records(member: Subscription, at_most: int = 100) -> list[Record]:
    """The first batch that comes."""

    def look() -> list[Record]:
        records = member.poll(at_most)
        if not records:
            member.wait(0.1)
        return records

    return until(look, look_every=0)


def everything(member: Subscription, count: int, at_most: int = 7) -> list[Record]:
    """Handle so many records, and make sure that no more come."""
    seen: list[Record] = []
    while len(seen) < count:
        records = next_records(member, at_most)
        commit(member, records[-1])
        seen += records
    assert not sum(member.lag().values())
    member.wait(LEASE / 10)
    assert member.poll(at_most) == []
    return seen


def commit(member: Any, record: Record) -> None:
    with member.engine.begin() as connection:
        member.commit(record, connection)


def numbers(records: list[Record]) -> list[int]:
    return [int(record.headers["nr"]) for record in records]
