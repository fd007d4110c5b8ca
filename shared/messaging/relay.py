"""The relay: takes what was told out of a service's outbox and puts it on the bus, in the order it was told.

Its transactions need not reach the disk before it is seen. What a crash takes back of one, it takes back whole: the
events lie in the outbox again and are published again, and whoever had them already knows their ids.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from shared.messaging.batch_telemetry import sending
from shared.messaging.bus import EventBus, Look
from shared.messaging.bus.fair_relay import FEW, ROOM, SHARE

AT_MOST = 500


class Round(NamedTuple):
    """How many events left; whether more may wait, and whether they may wait for room before the readers; whether several
    organisations had some waiting; whether what waits is in the hands of another relay."""

    left: int
    more: bool
    wants_room: bool = False
    is_shared: bool = False
    is_anothers: bool = False


def relay_once(engine: Engine, service: str, bus: EventBus, at_most: int = AT_MOST, room: int = ROOM) -> int:
    """One round on a connection of its own; how many events left."""
    with relaying(engine, service, bus) as relay:
        return relay.go_round(at_most, room).left


@contextmanager
def relaying(engine: Engine, service: str, bus: EventBus) -> "Iterator[Relay]":
    """The relay of a service, on a connection that never goes back to the pool: it commits each statement and has all of
    them prepared at once, since to plan the turns takes as long as to take them, and every plan would be the same."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        psycopg: Any = connection.connection.dbapi_connection
        psycopg.prepare_threshold = 0
        connection.execute(text("SET plan_cache_mode = force_generic_plan"))
        yield Relay(connection, service, bus)


class Relay:
    """Publishes what waits. One active relay a service: the others find the lock taken."""

    def __init__(self, connection: Connection, service: str, bus: EventBus):
        self.connection, self.service, self.bus = connection, service, bus
        self.there_was_much = False

    def go_round(self, at_most: int = AT_MOST, room: int = ROOM) -> Round:
        """Few events leave with the look itself, more of them by turns: of who has much as much as there is `room` for
        before the readers."""
        found = self._carry(at_most, room if self.there_was_much else None)
        much = found.is_mine and found.waiting > FEW
        if much and not self.there_was_much:
            found = self._carry(at_most, room)
        self.there_was_much = much
        more = much or (found.is_mine and found.left < found.waiting)
        wants_room = much and found.left < min(SHARE, at_most)
        return Round(found.left, more, wants_room, found.is_shared, found.waiting > 0 and not found.is_mine)

    def _carry(self, at_most: int, room: int | None) -> Look:
        with sending(self.service) as took:
            found = self.bus.carry(self.connection, self.service, at_most, room)
            took(found.left)
            return found
