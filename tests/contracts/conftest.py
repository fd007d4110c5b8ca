"""The small service of tests/shared, to see what becomes of an event on the bus."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import Outgoing
from shared.messaging.consumer import Consumer
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter
from tests.shared.conftest import SERVICE, Note, lay
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables


class Delivery:
    """Lay anything on the bus, and see what a listener wrote down of it and which dead letters it left."""

    def __init__(self, notes, bus):
        self.notes, self.bus, self.listeners = notes, bus, Listeners(SERVICE)

        @self.listeners.on(RoundStarted)
        def write_the_round_down(started, session):
            session.add(Note(words=str(started.round)))

    def row(self, round: int = 1) -> dict:
        """An event as it should be."""
        return envelope_for(RoundStarted(run_id=uuid4(), round=round), "workshop").as_row()

    def lay(self, row: dict, **changed) -> None:
        lay(self.bus, Outgoing(**row | changed))

    def handle(self) -> None:
        """Until nothing is behind any more; nothing here is tried twice, so nothing has to be waited for."""
        consumer = Consumer(self.listeners, self.notes, self.bus)
        while any(consumer.subscription.lag().values()) or not consumer.subscription.epochs:
            consumer.run_once()
        consumer.close()

    @property
    def written(self) -> list[int]:
        with self.notes() as session:
            return sorted(int(words) for words in session.scalars(select(Note.words)))

    @property
    def dead(self) -> list[str]:
        """Why, each."""
        with self.bus.engine.connect() as connection:
            return list(connection.scalars(select(dead_letter.c.reason).order_by("position")))


@pytest.fixture
def delivery(notes, bus, avi) -> Delivery:
    return Delivery(notes, bus)
