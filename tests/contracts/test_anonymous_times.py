"""What Kafka notes beside an event tells no more of an anonymous act than its envelope does."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from shared.contracts.survey import ViewShared
from shared.messaging.bus import PARTITIONS, Outgoing
from shared.messaging.events import envelope_for
from tests.bus.transports import MockTransport
from tests.kafka.mock import CLIENT_SETTINGS, librdkafka
from tests.shared.conftest import lay


@pytest.fixture
def kafka():
    if librdkafka() is None:
        pytest.skip("Install confluent-kafka, of requirements-dev.txt, for the mock cluster.")
    transport = MockTransport()
    yield transport
    transport.close()


def times_noted(bootstrap: str, event: Outgoing) -> list[datetime]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", **CLIENT_SETTINGS)
    consumer.assign([TopicPartition(event.topic, event.partition)])
    records = [record for found in consumer.poll(10_000).values() for record in found]
    consumer.close()
    return [datetime.fromtimestamp(record.timestamp / 1000, UTC) for record in records]


def test_the_time_that_kafka_notes_of_an_anonymous_act_is_its_hour(kafka, engine, avi):
    run = uuid4()
    shared = envelope_for(ViewShared(run_id=run, theme_id=run, view_id=run, language="fi"), "survey")
    event = Outgoing(**shared.as_row())
    kafka.cluster.make_topic(event.topic, PARTITIONS)
    bus = kafka.address.bus(engine)
    assert lay(bus, event) == 1
    bus.close()
    assert times_noted(kafka.address.bootstrap, event) == [shared.time]
    assert (shared.time.minute, shared.time.second, shared.time.microsecond) == (0, 0, 0)
