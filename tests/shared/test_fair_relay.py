"""Whose turn it is: nobody stands behind another organisation's fifty thousand events."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text

from shared.messaging.bus import Outgoing
from shared.messaging.bus.fair_relay import (
    BURST,
    FEW,
    PARTITION_OF,
    PATIENCE,
    SHARED_SECONDS,
    UNLIMITED,
    WINDOW,
    WINDOW_SECONDS,
    Backpressure,
)
from shared.messaging.bus.postgres import RELAY_FEW, PostgresEventBus
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import outbox
from shared.messaging.relay import relay_once, relaying
from shared.messaging.worker import Worker
from tests.shared.conftest import SERVICE
from tests.shared.test_consumer import at_work
from tests.waiting import until

TOPIC = "workshop.round"


def tell(owner, key: str, count: int, topic: str = TOPIC) -> None:
    row = {"topic": topic, "key": key, "headers": {}, "value": b"{}"}
    with owner.begin() as connection:
        connection.execute(insert(outbox), [row] * count)


def relayed(engine) -> list[tuple[str, int]]:
    """Key and place in the order of telling of what lies on the log, in the order it was laid there."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT key, headers->>'ce_sequence' FROM event_log ORDER BY partition, position")
        )
        return [(key, int(sequence)) for key, sequence in rows]


def a_reader(engine):
    """Its lease outlives the test, however slow the machine."""
    return PostgresEventBus(engine, lease=600).subscribe(SERVICE, [TOPIC])


def test_few_events_travel_in_the_order_of_telling(bus, engine, owner_of_tables):
    for key in ("b", "a", "b"):
        tell(owner_of_tables, key, 1)
    assert relay_once(engine, SERVICE, bus, at_most=2) == 2
    assert relay_once(engine, SERVICE, bus, at_most=2) == 1
    assert relay_once(engine, SERVICE, bus, at_most=2) == 0
    assert len(relayed(engine)) == 3


def test_a_single_event_does_not_wait_for_another_organisations_thousands(bus, engine, owner_of_tables):
    tell(owner_of_tables, "many", 5_000)
    tell(owner_of_tables, "one", 1)
    relay_once(engine, SERVICE, bus)
    keys = [key for key, _ in relayed(engine)]
    assert keys.count("one") == 1
    assert FEW < keys.count("many") < 500


def test_an_organisation_has_one_turn_however_many_runs_it_has(bus, engine, owner_of_tables):
    for run in range(200):
        tell(owner_of_tables, f"kela:{run}", 10)
    tell(owner_of_tables, "avi:1", FEW)
    relay_once(engine, SERVICE, bus, at_most=50)
    keys = [key for key, _ in relayed(engine)]
    assert keys.count("avi:1") == FEW
    assert len(keys) == 50


@pytest.fixture
def never_vacuumed(owner_of_tables) -> Iterator[None]:
    """Nothing is vacuumed or counted anew meanwhile: where a burst has left empty pages alone, reading them is cheap and right."""
    with owner_of_tables.begin() as connection:
        connection.execute(text("ALTER TABLE outbox SET (autovacuum_enabled = false)"))
    yield
    with owner_of_tables.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RESET (autovacuum_enabled)"))


def test_what_has_left_is_not_read_through_again(bus, engine, owner_of_tables, never_vacuumed):
    """The rows of a burst lie about dead until they are vacuumed away; an index soon knows them for dead."""
    tell(owner_of_tables, "many", 5_000)
    with owner_of_tables.begin() as connection:
        connection.execute(text("ANALYZE outbox"))
    while relay_once(engine, SERVICE, bus):
        pass
    with engine.connect() as connection:
        look = text(f"EXPLAIN {RELAY_FEW}")
        plan = connection.execute(look, {"service": SERVICE, "at_most": FEW}).scalars()
        assert not [line for line in plan if "Seq Scan on outbox" in line]


def test_within_a_key_the_order_of_telling_stays(bus, engine, owner_of_tables):
    for _ in range(20):
        for key in ("x", "y", "z"):
            tell(owner_of_tables, key, 37)
    while relay_once(engine, SERVICE, bus, at_most=100):
        pass
    laid = relayed(engine)
    for key in ("x", "y", "z"):
        mine = [sequence for whose, sequence in laid if whose == key]
        assert len(mine) == 20 * 37
        assert mine == sorted(mine)


@pytest.mark.parametrize("runs", [1, 8, 50, 300])
def test_before_a_reader_lies_little_of_who_has_much_and_others_pass(bus, engine, runs, owner_of_tables):
    reader = a_reader(engine)
    reader.balance()
    for run in range(runs):
        tell(owner_of_tables, f"kela:{run}", 3_000 // runs)
    for others in range(1, 6):
        while relay_once(engine, SERVICE, bus):
            pass
        tell(owner_of_tables, f"avi:{others}", 1)
        relay_once(engine, SERVICE, bus)
        keys = [key for key, _ in relayed(engine)]
        assert keys.count(f"avi:{others}") == 1
        assert len(keys) - others <= WINDOW
    reader.close()


def test_what_is_held_back_follows_as_its_reader_makes_room(bus, engine, owner_of_tables):
    reader = a_reader(engine)
    for run in range(12):
        tell(owner_of_tables, f"kela:{run}", 100)
    seen = list[int]()
    while relay_once(engine, SERVICE, bus):
        while records := reader.poll(200):
            seen += [int(record.headers["ce_sequence"]) for record in records]
            with engine.begin() as connection:
                reader.commit(records[-1], connection)
    assert len(seen) == len(set(seen)) == 1_200
    reader.close()


def test_a_reader_that_fails_holds_up_nobody(bus, engine, owner_of_tables):
    reader = a_reader(engine)
    tell(owner_of_tables, "kela:1", 1_000)
    relay_once(engine, SERVICE, bus)
    reader.attempt(reader.poll(1)[0])
    while relay_once(engine, SERVICE, bus):
        pass
    assert len(relayed(engine)) == 1_000
    reader.close()


def test_a_reader_that_is_dead_is_not_waited_for(bus, engine, notes, owner_of_tables):
    """Its lease goes on for a while. What the others hear must not depend on it."""
    dead = a_reader(engine)
    dead.balance()
    tell(owner_of_tables, "kela:1", 1_000)
    with at_work(Worker(Listeners(SERVICE), notes, bus, threading.Event())):
        until(lambda: len(relayed(engine)) == 1_000)
    assert sum(dead.lag().values()) == 1_000
    dead.close()


@pytest.fixture
def now(monkeypatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr("shared.messaging.bus.fair_relay.time.monotonic", lambda: moment[0])
    return moment


def test_who_tells_alone_has_plenty_of_room_and_little_for_a_while_once_others_tell(now):
    backpressure = Backpressure()
    backpressure.learn(BURST, published=64, wants_window=False, is_shared=False)
    now[0] += WINDOW_SECONDS
    assert backpressure.window == BURST
    backpressure.learn(BURST, published=64, wants_window=False, is_shared=True)
    now[0] += WINDOW_SECONDS
    assert backpressure.window == WINDOW
    now[0] += SHARED_SECONDS
    assert backpressure.window == BURST


def test_who_has_much_goes_now_and_then_and_not_whenever_one_of_the_others_tells(now):
    backpressure = Backpressure()
    backpressure.learn(WINDOW, published=FEW + 1, wants_window=True, is_shared=True)
    for _ in range(4):
        assert backpressure.window == 0 and backpressure.pause > 0
        backpressure.learn(0, published=1, wants_window=True, is_shared=True)
        now[0] += WINDOW_SECONDS / 5
    now[0] += WINDOW_SECONDS / 5
    assert backpressure.window == WINDOW and backpressure.pause == 0


def test_where_no_room_is_made_again_and_again_nobody_is_courteous_any_more(now):
    backpressure = Backpressure()
    for _ in range(PATIENCE):
        assert backpressure.window != UNLIMITED
        backpressure.learn(WINDOW, published=WINDOW - 1, wants_window=True, is_shared=True)
        backpressure.learn(
            0, published=1, wants_window=True, is_shared=True
        )  # which asks no reader for a window
    assert backpressure.window == UNLIMITED
    for _ in range(PATIENCE):  # that is all the room there was
        backpressure.learn(WINDOW, published=WINDOW, wants_window=True, is_shared=True)
        now[0] += WINDOW_SECONDS
        assert backpressure.window == WINDOW


def test_without_room_those_who_have_few_pass_alone(bus, engine, owner_of_tables):
    tell(owner_of_tables, "kela:1", 100)
    tell(owner_of_tables, "avi:1", 1)
    assert relay_once(engine, SERVICE, bus, window=0) == 1
    assert [key for key, _ in relayed(engine)] == ["avi:1"]


def test_a_round_says_whether_several_organisations_had_something_waiting(bus, engine, owner_of_tables):
    for keys, is_shared in ((("avi:1", "avi:2"), False), (("avi:1", "kela:1"), True)):
        for key in keys:
            tell(owner_of_tables, key, 1)
        with relaying(engine, SERVICE, bus) as relay:
            assert relay.run_once().is_shared is is_shared


@pytest.mark.parametrize("key", ["", "a", "Ä", f"{UUID(int=1)}:{UUID(int=2)}"])
def test_the_database_and_the_code_agree_on_the_partition(engine, key):
    with engine.connect() as connection:
        partition = connection.scalar(select(text(PARTITION_OF.format(key=":key"))), {"key": key})
    assert partition == Outgoing(TOPIC, key, {}, b"").partition


def test_a_topic_that_nobody_has_made_yet_gets_its_events(engine, bus, owner_of_tables):
    tell(owner_of_tables, "k", 3, f"{SERVICE}.{uuid4()}")
    assert relay_once(engine, SERVICE, PostgresEventBus(engine)) == 3
    assert [sequence for _, sequence in relayed(engine)] == sorted(
        sequence for _, sequence in relayed(engine)
    )
