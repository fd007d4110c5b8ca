"""The bus: order within a key, one owner a partition, and a member that lost it changes nothing any more."""

import threading
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.bus import PARTITIONS, Fenced, Outgoing
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


def test_events_of_a_key_come_in_order_and_once(bus, engine):
    for key in "abcdefgh":
        publish(bus, 25, key)
    seen = everything(bus.subscribe("readers", [TOPIC]), engine)
    assert len(seen) == 200
    for key in "abcdefgh":
        assert [int(record.headers["nr"]) for record in seen if record.key == key] == list(range(25))


def test_positions_are_dense(bus, engine):
    publish(bus, 30)
    publish(bus, 30)
    assert [record.position for record in everything(bus.subscribe("readers", [TOPIC]), engine)] == list(
        range(60)
    )


def test_each_group_gets_everything(bus, engine):
    publish(bus, 5)
    for group in ("one", "another"):
        assert len(everything(bus.subscribe(group, [TOPIC]), engine)) == 5


def test_a_member_starts_where_its_predecessor_committed(bus, engine):
    publish(bus, 10)
    first = bus.subscribe("readers", [TOPIC])
    records = first.poll(4)
    with engine.begin() as connection:
        first.commit(records[-1], connection)
    first.close()
    assert [
        int(record.headers["nr"]) for record in everything(bus.subscribe("readers", [TOPIC]), engine)
    ] == [*range(4, 10)]


def test_members_share_the_partitions(bus):
    one, two = bus.subscribe("readers", [TOPIC]), bus.subscribe("readers", [TOPIC])
    one.balance()
    two.balance()
    one._balance_at = 0
    one.balance()
    two._balance_at = 0
    two.balance()
    assert len(one.epochs) == len(two.epochs) == PARTITIONS // 2
    assert not set(one.epochs) & set(two.epochs)


def expire_leases(engine):
    """As if the owner had been killed and its lease had run out."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET leased_until = now() - interval '1 second'"))
        connection.execute(text("UPDATE group_member SET seen_at = now() - interval '1 hour'"))


def test_a_fenced_member_cannot_commit(bus, engine):
    publish(bus, 3)
    slow, quick = bus.subscribe("readers", [TOPIC]), bus.subscribe("readers", [TOPIC])
    records = slow.poll(10)
    expire_leases(engine)
    assert quick.poll(10) == records
    with pytest.raises(Fenced), engine.begin() as connection:
        slow.commit(records[-1], connection)
    with engine.begin() as connection:
        quick.commit(records[-1], connection)
    assert quick.poll(10) == []


def test_what_a_fenced_member_did_is_rolled_back_with_its_commit(bus, engine):
    publish(bus, 1)
    slow, quick = bus.subscribe("readers", [TOPIC]), bus.subscribe("readers", [TOPIC])
    records = slow.poll(10)
    expire_leases(engine)
    quick.poll(10)
    with pytest.raises(Fenced), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inbox (event_id, listener) VALUES (:id, 'slow')"), {"id": uuid4()}
        )
        slow.commit(records[-1], connection)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbox")) == 0


def test_lag_counts_what_is_not_yet_handled(bus, engine):
    publish(bus, 6)
    subscription = bus.subscribe("readers", [TOPIC])
    subscription.poll(1)
    assert sum(subscription.lag().values()) == 6
    everything(subscription, engine)
    assert sum(subscription.lag().values()) == 0


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
