"""Events put on the bus, and handled until nothing moves."""

from shared.bus import Outgoing
from shared.consumer import ATTEMPTS, Consumer
from shared.events import envelope_for


def tell(bus, *events):
    with bus.engine.begin() as connection:
        rows = [envelope_for(event, "workshop").as_row() for event in events]
        bus.publish(
            connection, [Outgoing(row["topic"], row["key"], row["headers"], row["value"]) for row in rows]
        )


def handle_all(listeners, open_session, bus, most=400):
    """The pauses between attempts are skipped."""
    consumer = Consumer(listeners, open_session, bus)
    consumer.subscription.pause = lambda record, seconds: None
    idle = 0
    for _ in range(most):
        idle = 0 if consumer.run_once() else idle + 1
        if idle > 4 * (ATTEMPTS + 1):
            break
    consumer.close()
