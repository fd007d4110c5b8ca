"""Failure case 14: a service that was away for a day catches up at five times the rate at which more arrives."""

from statistics import median
from uuid import uuid4

from sqlalchemy import func, select

from shared.contracts.workshop import RoundStarted
from shared.messaging.consumer import Consumer
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.web.acts import session
from shared.web.service import create_service
from shared.web.tokens import Caller
from tests.benchmarks.test_events import EVENTS, fill, seconds_of
from tests.conftest import Door
from tests.shared.conftest import SERVICE, Note
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables
from tests.shared.test_web import notes_api

AT_A_TIME = 10  # requests between two batches


def test_a_day_of_lag_while_people_go_on(bus, engine, notes, avi, ratio):
    """Arriving is one thread of a web process without a pause, each request telling one event; catching up writes a row for
    each event. Turn about, so that both meet the same noise."""
    fill(bus, engine)
    listeners, door = Listeners(SERVICE), a_door_that_tells(avi)
    listeners.on(RoundStarted)(lambda started, session: session.add(Note(words=str(started.round))))
    consumer = Consumer(listeners, notes, bus)
    arriving, handling, handled = list[float](), list[float](), list[int]()
    while sum(handled) < EVENTS:
        arriving += [seconds_of(lambda: door.post("/notes/", json={"words": "x"})) for _ in range(AT_A_TIME)]
        handling.append(seconds_of(lambda: handled.append(consumer.run_once())))
    consumer.close()
    with notes() as opened:
        assert opened.scalar(select(func.count(Note.words))) == EVENTS + len(arriving)
    arrive, handle = 1 / median(arriving), EVENTS / sum(handling)
    ratio(
        "a day of lag caught up / more arriving", handle / arrive, ">= 5", f"{handle:,.0f}/s, {arrive:,.0f}/s"
    )


def a_door_that_tells(avi) -> Door:
    app = create_service(SERVICE, [notes_api], Listeners(SERVICE))

    @app.before_request
    def tell_as_well():
        put_in_outbox(session(), [RoundStarted(run_id=uuid4(), round=1)])

    return Door(SERVICE, app.test_client(), Caller(tenant=avi, subject=uuid4())).as_("participant")
