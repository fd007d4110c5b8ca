"""The relay: takes what was told out of a service's outbox and puts it on the bus, in the order it was told.

Its transaction need not reach the disk before it is seen. What a crash takes back of it, it takes back whole: the
events lie in the outbox again and are published again, and whoever had them already knows their ids.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Engine, text

from shared.bus import EventBus
from shared.bus.turns import FEW, ROOM, SHARE
from shared.observability.batches import sending

AT_MOST = 500


class Round(NamedTuple):
    """How many events left; whether more may wait, and whether they may wait for room before the readers; whether several
    organisations had some waiting."""

    left: int
    more: bool
    wants_room: bool = False
    is_shared: bool = False


# In the order of seq, so by its index: without, what a burst left behind of dead rows is read through at each look.
# To plan the turns takes as long as to take them, and every plan would be the same.
LOOK = text(f"""
    SELECT pg_try_advisory_xact_lock(hashtextextended(:service, 7120)) AS is_mine,
           (SELECT count(*) FROM (SELECT FROM outbox ORDER BY seq LIMIT {FEW} + 1) first_ones) AS waiting,
           (SELECT split_part(min(key), ':', 1) <> split_part(max(key), ':', 1) FROM outbox) AS is_shared,
           set_config('synchronous_commit', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)""")


def relay_once(engine: Engine, service: str, bus: EventBus, at_most: int = AT_MOST) -> int:
    """One round on a connection of its own; how many events left."""
    with engine.connect() as connection:
        return relay(connection, service, bus, at_most).left


def relay(
    connection: Connection, service: str, bus: EventBus, at_most: int = AT_MOST, room: int = ROOM
) -> Round:
    """Publish what waits; of who has much as much as there is `room` for before the readers. One active relay a service:
    the others find the lock taken."""
    with connection.begin():
        found = connection.execute(LOOK, {"service": service}).one()
        if not found.is_mine or not found.waiting:
            return Round(0, False)
        much = found.waiting > FEW
        with sending(service) as took:
            left = took(bus.carry(connection, at_most, room if much else None))
        wants_room = much and left < min(SHARE, at_most)
        return Round(left, much or left < found.waiting, wants_room, found.is_shared)
