"""How fast a read model is built anew from the log: lineage's, whose every row comes from events."""

import time
from uuid import uuid4

from sqlalchemy import text

from shared.tenancy.sessions import acting_for
from tests.shared.test_rebuild import SERVICE, a_thread, build_anew, tell
from tests.shared.test_rebuild import bus as bus
from tests.shared.test_rebuild import owner as owner

ORGANISATIONS, THREADS, AT_ONCE = 10, 250, 50


def test_building_a_read_model_anew(bus, owner, ratio):
    events = sum(tell_threads(bus) for _ in range(ORGANISATIONS))
    with bus.engine.begin() as connection:  # as if the living one had heard everything
        connection.execute(CAUGHT_UP, {"group": SERVICE})
    began = time.perf_counter()
    build_anew(bus, owner)
    spent = time.perf_counter() - began
    told = f"{events:,} events in {spent:.1f} s, with the comparison"
    ratio("rebuild of a read model, events a second", events / spent, ">= 5000", told)


def tell_threads(bus) -> int:
    """One organisation's runs, each with a thread of eight events; how many were told."""
    told = 0
    with acting_for(uuid4()):
        for _ in range(THREADS // AT_ONCE):
            events = [event for _ in range(AT_ONCE) for event in a_thread()]
            tell(bus, *events)
            told += len(events)
    return told


CAUGHT_UP = text("""
    INSERT INTO group_partition (grp, topic, partition, committed)
    SELECT :group, topic, partition, next_position FROM log_partition""")
