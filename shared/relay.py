"""The relay: takes what was told out of a service's outbox and puts it on the bus, in the order it was told."""

from sqlalchemy import Connection, Engine, delete, func, select

from shared.bus import EventBus, Outgoing
from shared.mechanisms import outbox

AT_MOST = 500


def relay_once(engine: Engine, service: str, bus: EventBus, at_most: int = AT_MOST) -> int:
    """Publish what waits; how many events left. One active relay a service: the others find the lock taken."""
    with engine.begin() as connection:
        if not connection.scalar(
            select(func.pg_try_advisory_xact_lock(func.hashtextextended(service, 7120)))
        ):
            return 0
        waiting = connection.execute(select(outbox).order_by(outbox.c.seq).limit(at_most)).all()
        accepted = bus.publish(connection, [outgoing(row) for row in waiting])
        forget(connection, [row.seq for row in waiting[:accepted]])
        return accepted


def outgoing(row) -> Outgoing:
    return Outgoing(row.topic, row.key, row.headers | {"ce_sequence": f"{row.seq:020d}"}, bytes(row.value))


def forget(connection: Connection, published: list[int]) -> None:
    if published:
        connection.execute(delete(outbox).where(outbox.c.seq == func.any(published)))
