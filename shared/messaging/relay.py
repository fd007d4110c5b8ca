"""The relay moves a service's events from its outbox to the bus, in the order in which they were told.

Its transactions need not reach the disk before they are seen. A crash takes one back as a whole: the events lie in the outbox
again and are published again, and consumers that had them already know their ids.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from shared.messaging.batch_telemetry import sending
from shared.messaging.bus import EventBus, OutboxScan
from shared.messaging.bus.fair_relay import FEW, SHARE, WINDOW

AT_MOST = 500


class RelayResult(NamedTuple):
    """The result of one run of a relay: how many events it published; whether more may remain, and whether they may wait for a window before
    the readers; whether several organisations had some waiting; whether another relay holds what remains."""

    published: int
    remaining: bool
    wants_window: bool = False
    is_shared: bool = False
    is_anothers: bool = False


def relay_once(
    engine: Engine, service: str, bus: EventBus, at_most: int = AT_MOST, window: int = WINDOW
) -> int:
    """Runs the relay once on a connection of its own; returns how many events it published."""
    with relaying(engine, service, bus) as relay:
        return relay.run_once(at_most, window).published


@contextmanager
def relaying(engine: Engine, service: str, bus: EventBus) -> "Iterator[Relay]":
    """Gives the relay of a service, on a connection that never goes back to the pool: it commits each statement and has all of them
    prepared at once, since planning the fair order takes as long as running it, and every plan would be the same."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()
        psycopg: Any = connection.connection.dbapi_connection
        psycopg.prepare_threshold = 0
        connection.execute(text("SET plan_cache_mode = force_generic_plan"))
        yield Relay(connection, service, bus)


class Relay:
    """Publishes what waits in the outbox. One relay a service is active: the others find the lock taken."""

    def __init__(self, connection: Connection, service: str, bus: EventBus):
        self.connection, self.service, self.bus = connection, service, bus
        self.had_many = False

    def run_once(self, at_most: int = AT_MOST, window: int = WINDOW) -> RelayResult:
        """Publishes few events in the statement that finds them, more of them in fair order: of an organisation with many, as many as
        fit into the `window` before the readers."""
        scan = self._relay(at_most, window if self.had_many else None)
        many = scan.is_mine and scan.waiting > FEW
        if many and not self.had_many:
            scan = self._relay(at_most, window)
        self.had_many = many
        remaining = many or (scan.is_mine and scan.published < scan.waiting)
        wants_window = many and scan.published < min(SHARE, at_most)
        is_anothers = scan.waiting > 0 and not scan.is_mine
        return RelayResult(scan.published, remaining, wants_window, scan.is_shared, is_anothers)

    def _relay(self, at_most: int, window: int | None) -> OutboxScan:
        with sending(self.service) as took:
            scan = self.bus.relay(self.connection, self.service, at_most, window)
            took(scan.published)
            return scan
