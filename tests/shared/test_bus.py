"""Relay and bus together: what is told in one order arrives in that order, and the books balance.

What every bus promises is in tests/bus/test_contract.py.
"""

import pytest
from sqlalchemy import text

from shared.messaging.bus import PARTITIONS, Outgoing
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.state import NotCounted, bus_state
from shared.messaging.relay import relay_once
from tests.shared.conftest import SERVICE, Note, lay

TOPIC = "workshop.round"


def publish(bus, count, key="k", topic=TOPIC):
    events = [Outgoing(topic, key, {"nr": str(number)}, b"{}") for number in range(count)]
    assert lay(bus, *events) == count


def everything(subscription, engine):
    seen = []
    while records := subscription.poll(7):
        seen += records
        with engine.begin() as connection:
            subscription.commit(records[-1], connection)
    return seen


def test_only_one_relay_is_active(notes, bus, engine, avi):
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
    with engine.begin() as busy:
        busy.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:s, 7120))"), {"s": SERVICE})
        assert relay_once(engine, SERVICE, PostgresEventBus(engine)) == 0
    assert relay_once(engine, SERVICE, bus) == 1


def test_a_partition_of_which_more_is_said_than_there_is_does_not_hold_up_the_others(
    bus, engine, owner_of_tables
):
    publish(bus, 5, key="k")
    [said] = {record.place for record in read_all_partitions(bus)}
    with owner_of_tables.begin() as connection:
        connection.execute(MORE_IS_SAID, {"topic": said[0], "partition": said[1]})
    subscription = bus.subscribe(SERVICE, [TOPIC])
    assert len(everything(subscription, engine)) == 5
    for _ in range(2):
        publish(bus, 5, key="others")
        assert [record.key for record in everything(subscription, engine)] == ["others"] * 5
    subscription.close()


def read_all_partitions(bus):
    return [record for partition in range(PARTITIONS) for record in bus.read(TOPIC, partition, 0, 100)]


MORE_IS_SAID = text("""
    UPDATE log_partition SET next_position = next_position + 2 WHERE (topic, partition) = (:topic, :partition)""")


def test_the_state_of_the_bus_adds_up(bus, engine):
    publish(bus, 5, topic=f"{SERVICE}.thing")
    subscription = bus.subscribe(SERVICE, [f"{SERVICE}.thing"])
    subscription.balance()
    before = bus_state(engine, SERVICE)
    everything(subscription, engine)
    assert (before["told"], before["handled"], bus_state(engine, SERVICE)["handled"]) == (5, 0, 5)


def test_whoever_asks_for_the_state_is_not_held_up_by_who_holds_the_tables(bus, engine, owner_of_tables):
    with owner_of_tables.begin() as busy:
        busy.execute(text("LOCK TABLE dead_letter IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(NotCounted):
            bus_state(engine, SERVICE)
    assert bus_state(engine, SERVICE)["dead"] == 0
