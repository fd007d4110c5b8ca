"""Whose turn it is: nobody stands behind another organisation's fifty thousand events."""

from uuid import UUID

import pytest
from sqlalchemy import insert, select, text

from shared.bus import Outgoing
from shared.bus.postgres import PostgresEventBus
from shared.bus.turns import FAR_BEHIND, PARTITION_OF, SHARE, SMALL_SHARE
from shared.mechanisms import outbox
from shared.relay import LOOK, relay_once
from tests.shared.conftest import SERVICE

TOPIC = f"{SERVICE}.thing"


def tell(engine, key: str, count: int) -> None:
    row = {"topic": TOPIC, "key": key, "headers": {}, "value": b"{}"}
    with engine.begin() as connection:
        connection.execute(insert(outbox), [row] * count)


def relayed(engine) -> list[tuple[str, int]]:
    """Key and place in the order of telling of what lies on the log, in the order it was laid there."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT key, headers->>'ce_sequence' FROM event_log ORDER BY partition, position")
        )
        return [(key, int(sequence)) for key, sequence in rows]


def test_few_events_travel_in_the_order_of_telling(bus, engine):
    for key in ("b", "a", "b"):
        tell(engine, key, 1)
    assert relay_once(engine, SERVICE, bus, at_most=2) == 2
    assert relay_once(engine, SERVICE, bus, at_most=2) == 1
    assert relay_once(engine, SERVICE, bus, at_most=2) == 0
    assert len(relayed(engine)) == 3


def test_a_single_event_does_not_wait_for_another_organisations_thousands(bus, engine):
    tell(engine, "many", 5_000)
    tell(engine, "one", 1)
    relay_once(engine, SERVICE, bus)
    keys = [key for key, _ in relayed(engine)]
    assert (keys.count("one"), keys.count("many")) == (1, SHARE)


def test_what_has_left_is_not_read_through_again(bus, engine):
    """The rows of a burst lie about dead until they are vacuumed away; an index soon knows them for dead."""
    tell(engine, "many", 5_000)
    while relay_once(engine, SERVICE, bus):
        pass
    with engine.connect() as connection:
        plan = connection.execute(text(f"EXPLAIN {LOOK}"), {"service": SERVICE, "at_most": 500}).scalars()
        assert not [line for line in plan if "Seq Scan" in line]


def test_within_a_key_the_order_of_telling_stays(bus, engine):
    for _ in range(20):
        for key in ("x", "y", "z"):
            tell(engine, key, 37)
    while relay_once(engine, SERVICE, bus, at_most=100):
        pass
    laid = relayed(engine)
    for key in ("x", "y", "z"):
        mine = [sequence for whose, sequence in laid if whose == key]
        assert len(mine) == 20 * 37
        assert mine == sorted(mine)


def test_where_readers_are_behind_a_key_with_much_goes_in_small_steps(bus, engine):
    reader = bus.subscribe("readers", [TOPIC])
    reader.balance()
    tell(engine, "many", 5_000)
    moved = []
    while sum(moved) <= FAR_BEHIND:
        moved.append(relay_once(engine, SERVICE, bus))
    assert set(moved) == {SHARE}
    assert relay_once(engine, SERVICE, bus) == SMALL_SHARE
    reader.close()


@pytest.mark.parametrize("key", ["", "a", "Ä", f"{UUID(int=1)}:{UUID(int=2)}"])
def test_the_database_and_the_code_agree_on_the_partition(engine, key):
    with engine.connect() as connection:
        partition = connection.scalar(select(text(PARTITION_OF.format(key=":key"))), {"key": key})
    assert partition == Outgoing(TOPIC, key, {}, b"").partition


def test_a_topic_that_nobody_has_made_yet_gets_its_events(engine, bus):
    tell(engine, "k", 3)
    assert relay_once(engine, SERVICE, PostgresEventBus(engine)) == 3
    assert [sequence for _, sequence in relayed(engine)] == sorted(
        sequence for _, sequence in relayed(engine)
    )
