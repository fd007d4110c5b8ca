"""Relay and bus together: what is told in one order arrives in that order, and the books balance.

What every bus promises is in tests/bus/test_contract.py.
"""

import threading

from sqlalchemy import text

from shared.bus import Outgoing
from shared.bus.postgres import PostgresEventBus
from shared.bus.state import bus_state
from shared.relay import relay_once
from tests.shared.conftest import SERVICE, Note

TOPIC = "workshop.round"


def publish(bus, count, key="k", topic=TOPIC):
    with bus.engine.begin() as connection:
        events = [Outgoing(topic, key, {"nr": str(number)}, b"{}") for number in range(count)]
        assert bus.publish(connection, events) == count


def everything(subscription, engine):
    seen = []
    while records := subscription.poll(7):
        seen += records
        with engine.begin() as connection:
            subscription.commit(records[-1], connection)
    return seen


def test_two_writers_of_one_thing_are_told_in_the_order_they_committed(notes, bus, engine, avi):
    """T1 began first but wrote its event after T2 committed: an xid cursor would show them in the wrong order."""
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
    late, early = notes(), notes()
    late.execute(text("SELECT pg_current_xact_id()"))
    first = early.get_one(Note, (avi, note.id), with_for_update=True)
    first.say(1)
    early.flush()
    waiting = threading.Thread(target=say_second, args=(late, avi, note.id))
    waiting.start()
    early.commit()
    waiting.join(10)
    relay_once(engine, SERVICE, bus)
    seen = everything(bus.subscribe("readers", [TOPIC]), engine)
    assert [record.value.split(b'"round":')[1] for record in seen] == [b"1}", b"2}"]


def say_second(session, tenant, id):
    from shared.tenancy import acting_for

    with acting_for(tenant):
        session.get_one(Note, (tenant, id), with_for_update=True).say(2)
        session.commit()


def test_only_one_relay_is_active(notes, bus, engine, avi):
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
    with engine.begin() as busy:
        busy.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:s, 7120))"), {"s": SERVICE})
        assert relay_once(engine, SERVICE, PostgresEventBus(engine)) == 0
    assert relay_once(engine, SERVICE, bus) == 1


def test_the_state_of_the_bus_adds_up(bus, engine):
    publish(bus, 5, topic=f"{SERVICE}.thing")
    subscription = bus.subscribe("readers", [f"{SERVICE}.thing"])
    subscription.balance()
    before = bus_state(engine, SERVICE)
    everything(subscription, engine)
    assert (before["told"], before["handled"], bus_state(engine, SERVICE)["handled"]) == (5, 0, 5)
