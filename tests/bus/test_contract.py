"""What every bus promises a relay and a consumer, the same on each transport."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.messaging.bus import PARTITIONS, EventsLost, Fenced, Outgoing
from shared.messaging.events import MOST_BYTES
from tests.bus.conftest import (
    BROKERS,
    TOPIC,
    commit,
    everything,
    next_records,
    numbers,
    polling,
    publish,
    until,
)
from tests.shared.conftest import SERVICE

OTHER = "process.run"


def test_events_of_a_key_come_in_order_and_once(bus, join):
    for key in "abcdefgh":
        publish(bus, 25, key)
    seen = everything(join(), 200)
    assert len(seen) == 200
    for key in "abcdefgh":
        assert numbers([record for record in seen if record.key == key]) == list(range(25))


def test_an_event_arrives_as_it_was_told(bus, join, engine):
    told = Outgoing(TOPIC, "Äänestys", {"ce_type": "x", "ce_source": "/polku/workshop"}, b'{"\xc3\xa4":1}')
    with engine.begin() as connection:
        bus.publish(connection, [told])
    [record] = next_records(join())
    assert (record.topic, record.key, record.headers, record.value) == (
        TOPIC,
        told.key,
        told.headers,
        told.value,
    )
    assert record.partition == told.partition


def test_positions_are_dense_and_begin_at_zero(bus, join):
    publish(bus, 30)
    publish(bus, 30)
    assert [record.position for record in everything(join(), 60)] == list(range(60))


def test_each_group_gets_everything(bus, join):
    publish(bus, 5)
    for group in (f"{SERVICE}.one", f"{SERVICE}.another"):
        assert len(everything(join(group), 5)) == 5


def test_a_member_hears_all_its_topics_and_no_other(bus, join):
    publish(bus, 3, topic=TOPIC)
    publish(bus, 3, topic=OTHER)
    publish(bus, 3, topic="voting.ranking")
    seen = everything(join(SERVICE, TOPIC, OTHER), 6)
    assert sorted({record.topic for record in seen}) == [OTHER, TOPIC]


def test_a_member_starts_where_its_predecessor_committed(bus, join):
    publish(bus, 10)
    first = join()
    commit(first, next_records(first, 4)[-1])
    first.close()
    assert numbers(everything(join(), 6)) == [*range(4, 10)]


def test_what_was_not_committed_comes_again(bus, join):
    publish(bus, 10)
    member = join()
    assert numbers(next_records(member, 4)) == numbers(next_records(member, 4)) == [0, 1, 2, 3]


def test_what_is_told_while_somebody_listens_arrives(bus, join):
    member = join()
    for number in range(3):
        publish(bus, 1, first=number)
        [record] = next_records(member)
        assert record.headers["nr"] == str(number)
        commit(member, record)


def test_members_share_the_partitions(bus, join):
    one, two = join(), join()
    with polling(one, two):
        until(lambda: len(one.epochs) == len(two.epochs) == PARTITIONS // 2)
    assert not set(one.epochs) & set(two.epochs)


def test_who_remains_takes_over_what_a_leaving_member_had(bus, join):
    publish(bus, 40, "a")
    publish(bus, 40, "f")
    one, two = join(), join()
    with polling(one, two):
        until(lambda: one.epochs and two.epochs)
    two.close()
    assert len(everything(one, 80)) == 80


def test_a_fenced_member_cannot_commit(transport, bus, join):
    publish(bus, 3)
    slow = join()
    records = next_records(slow)
    transport.end_session(slow)
    quick = join()
    assert next_records(quick) == records
    with pytest.raises(Fenced):
        commit(slow, records[-1])
    commit(quick, records[-1])
    assert quick.poll(10) == []


def test_what_a_fenced_member_did_is_rolled_back_with_its_commit(transport, bus, join, engine):
    publish(bus, 1)
    slow = join()
    records = next_records(slow)
    transport.end_session(slow)
    next_records(join())
    with pytest.raises(Fenced), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO inbox (event_id, listener) VALUES (:id, 'slow')"), {"id": uuid4()}
        )
        slow.commit(records[-1], connection)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbox")) == 0


def test_a_fenced_member_cannot_count_attempts_either(transport, bus, join):
    publish(bus, 1)
    slow = join()
    [record] = next_records(slow)
    transport.end_session(slow)
    next_records(join())
    with pytest.raises(Fenced):
        slow.attempt(record)


def test_a_commit_that_is_rolled_back_did_not_happen(bus, join, engine):
    publish(bus, 3)
    member = join()
    records = next_records(member)
    with pytest.raises(RuntimeError), engine.begin() as connection:
        member.commit(records[-1], connection)
        raise RuntimeError
    assert next_records(member) == records


def test_lag_counts_what_is_not_yet_handled(bus, join):
    publish(bus, 6)
    member = join()
    next_records(member, 1)
    assert sum(member.lag().values()) == 6
    everything(member, 6)
    assert sum(member.lag().values()) == 0


def test_attempts_survive_a_change_of_the_owner(bus, join):
    publish(bus, 1)
    first = join()
    [record] = next_records(first)
    assert [first.attempt(record), first.attempt(record)] == [1, 2]
    first.close()
    second = join()
    [again] = next_records(second)
    assert (again, second.attempt(again)) == (record, 3)


def test_a_commit_forgets_the_attempts(bus, join):
    publish(bus, 2)
    member = join()
    record, following = next_records(member)
    member.attempt(record)
    commit(member, record)
    assert member.attempt(following) == 1


def test_a_paused_partition_leaves_the_others_alone(bus, join):
    keys = one_key_for_each_partition()
    for key in keys:
        publish(bus, 2, key)
    member = join()
    first = next_records(member)
    member.pause(first[0], 3600)
    others = []
    while len(others) < 2 * (PARTITIONS - 1):
        records = next_records(member)
        commit(member, records[-1])
        others += records
    assert first[0].partition not in {record.partition for record in others}
    assert sum(member.lag().values()) == 2


def one_key_for_each_partition():
    found = {}
    for number in range(100):
        found.setdefault(Outgoing(TOPIC, str(number), {}, b"").partition, str(number))
    return [found[partition] for partition in range(PARTITIONS)]


def test_a_busy_partition_does_not_starve_the_others(bus, join):
    keys = one_key_for_each_partition()
    publish(bus, 400, keys[0])
    for key in keys[1:]:
        publish(bus, 1, key)
    member, came_after = join(), {}
    for turn in range(403):
        records = next_records(member, 1)
        commit(member, records[-1])
        came_after.setdefault(records[0].partition, turn)
        if len(came_after) == PARTITIONS:
            break
    assert len(came_after) == PARTITIONS and max(came_after.values()) < 200


@pytest.mark.parametrize("transport", ["postgres"], indirect=True)
def test_members_that_live_for_one_batch_each_come_to_every_partition(bus, engine):
    """As while something ends them again and again; who always began at the first partition never left it."""
    keys, seen = one_key_for_each_partition(), set()
    for key in keys:
        publish(bus, 200, key)
    for _ in range(100):
        member = bus.subscribe(SERVICE, [TOPIC])
        [record] = next_records(member, 1)
        seen.add(record.partition)
        commit(member, record)
        member.close()
    assert len(seen) == PARTITIONS


def test_the_largest_event_with_its_headers_travels(bus, join, engine):
    headers = {f"ce_extension{number}": "x" * 200 for number in range(20)}
    headers["ce_source"] = "/polku/workshop"  # PostgreSQL's log says by itself whose it is
    with engine.begin() as connection:
        assert bus.publish(connection, [Outgoing(TOPIC, "k" * 73, headers, b"x" * MOST_BYTES)]) == 1
    [record] = next_records(join())
    assert (len(record.value), record.headers) == (MOST_BYTES, headers)


def test_a_batch_of_the_largest_events_travels_whole(bus, join, engine):
    with engine.begin() as connection:
        events = [Outgoing(TOPIC, "k", {"nr": str(number)}, b"x" * MOST_BYTES) for number in range(12)]
        assert bus.publish(connection, events) == 12
    assert numbers(everything(join(), 12)) == list(range(12))


def test_records_can_be_read_outside_of_any_group(bus):
    publish(bus, 10)
    partition = Outgoing(TOPIC, "k", {}, b"").partition
    assert numbers(bus.read(TOPIC, partition, 3, 4)) == [3, 4, 5, 6]
    assert numbers(bus.read(TOPIC, partition, 8, 100)) == [8, 9]
    assert bus.read(TOPIC, partition, 10, 100) == []
    assert bus.read(TOPIC, (partition + 1) % PARTITIONS, 0, 100) == []


def test_a_position_set_back_brings_the_events_again(bus, join, engine):
    """An operator replays from a position: the table is the truth, on Kafka as well."""
    publish(bus, 5)
    member = join()
    everything(member, 5)
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 2 WHERE committed > 2"))
    publish(bus, 1, first=5)
    assert numbers(everything(member, 4)) == [2, 3, 4, 5]


@pytest.mark.parametrize("transport", BROKERS, indirect=True)
def test_a_position_behind_the_end_is_refused_and_nothing_is_passed_over(bus, join, engine):
    """The broker lost its disk, or came out of a backup: what is told next would count as handled."""
    publish(bus, 5)
    first = join()
    everything(first, 5)
    first.close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 9 WHERE committed = 5"))
    heir = join()
    with pytest.raises(EventsLost):
        next_records(heir)
    with pytest.raises(EventsLost):
        next_records(heir)
    with engine.begin() as connection:
        connection.execute(text("UPDATE group_partition SET committed = 2 WHERE committed = 9"))
    assert numbers(everything(heir, 3)) == [2, 3, 4]
