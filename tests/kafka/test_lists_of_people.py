"""The lists of who took part that lie on Kafka go, and whoever hears how many goes on at the same position."""

import pytest
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import text

from infra.kafka.artifacts import KafkaTrouble
from infra.kafka.lists_of_people import LISTS, MIXED, forget_lists
from shared.messaging.bus import PARTITIONS
from shared.migrations.upgrade import owner_engine
from tests.kafka.test_broker import config_of, kafka_is_real, tell


def lying(kafka) -> dict[str, list[tuple[int, bytes]]]:
    """What can be read of these topics, by anybody with all rights."""
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", **kafka.credentials("admin")
    )
    try:
        places = [TopicPartition(topic, nr) for topic in (*LISTS, MIXED) for nr in range(PARTITIONS)]
        consumer.assign(places)
        ends, found = consumer.end_offsets(places), {}
        consumer.seek_to_beginning()
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(500).items():
                found.setdefault(place.topic, []).extend((one.offset, one.value) for one in records)
        return found
    finally:
        consumer.close()


@kafka_is_real
def test_lists_can_be_read_no_more_and_what_is_told_afterwards_can(guarded_kafka, database):
    for topic in (*LISTS, MIXED):
        tell(guarded_kafka, topic.split(".")[0], topic, b"Kaisa")
    last = tell(guarded_kafka, "identity", MIXED, b"Kaisa and Mikael").offset
    assert set(lying(guarded_kafka)) == {*LISTS, MIXED}
    with guarded_kafka.admin() as admin, owner_engine().connect() as connection:
        forget_lists(admin, connection)
    assert lying(guarded_kafka) == {}
    told = tell(guarded_kafka, "identity", MIXED, b"nine")
    assert told.offset == last + 1
    assert lying(guarded_kafka) == {MIXED: [(last + 1, b"nine")]}
    guarded_kafka.furnish()
    assert {config_of(guarded_kafka, topic)["retention.ms"] for topic in LISTS} == {"-1"}


@kafka_is_real
def test_nothing_is_deleted_that_somebody_has_to_act_on(guarded_kafka, database):
    tell(guarded_kafka, "identity", MIXED, b"ten")
    with guarded_kafka.admin() as admin, owner_engine().connect() as connection:
        connection.execute(
            text(
                "INSERT INTO bus.log_partition VALUES (:topic, 0, 7) ON CONFLICT (topic, partition) DO UPDATE SET next_position = 7"
            ),
            {"topic": MIXED},
        )
        connection.execute(
            text(
                "INSERT INTO bus.group_partition (grp, topic, partition, committed) VALUES ('process', :topic, 0, 6)"
                " ON CONFLICT (grp, topic, partition) DO UPDATE SET committed = 6"
            ),
            {"topic": MIXED},
        )
        with pytest.raises(KafkaTrouble, match="not handled yet"):
            forget_lists(admin, connection)
        connection.rollback()
    assert (b"ten") in {value for _, value in lying(guarded_kafka)[MIXED]}
