"""The relay: takes what was told out of a service's outbox and puts it on the bus, in the order it was told."""

from sqlalchemy import Engine, func, select

from shared.bus import EventBus
from shared.observability.batches import sending

AT_MOST = 500


def relay_once(engine: Engine, service: str, bus: EventBus, at_most: int = AT_MOST) -> int:
    """Publish what waits; how many events left. One active relay a service: the others find the lock taken."""
    with engine.begin() as connection:
        if not connection.scalar(
            select(func.pg_try_advisory_xact_lock(func.hashtextextended(service, 7120)))
        ):
            return 0
        with sending(service) as took:
            return took(bus.carry(connection, service, at_most))
