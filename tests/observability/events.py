"""Events put on the bus, and handled until nothing moves."""

from shared.messaging.consumer import ATTEMPTS, Consumer
from tests.shared.conftest import lay, on_its_way


def tell(bus, *events):
    lay(bus, *map(on_its_way, events))


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
