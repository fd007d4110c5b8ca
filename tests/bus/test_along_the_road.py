"""What is built on the bus works on every transport: a trace goes on behind it, and a read model is built anew from it."""

import pytest

from services.lineage.listeners import listeners, read_models
from shared.contracts.workshop import RoundStarted
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.consumer import Consumer
from shared.messaging.outbox import put_in_outbox
from shared.messaging.rebuild.comparing import are_equal
from shared.messaging.relay import relay_once
from shared.telemetry import tracing
from shared.telemetry.spans import place_of
from shared.tenancy.sessions import acting_for
from tests.bus.conftest import next_records, until
from tests.bus.transports import TOPICS
from tests.observability.conftest import seen as seen
from tests.shared.conftest import SERVICE
from tests.shared.test_rebuild import SERVICE as BUILT_ANEW
from tests.shared.test_rebuild import a_thread, build_anew, tell
from tests.shared.test_rebuild import owner as owner


def test_a_trace_goes_on_behind_the_bus(bus, engine, avi, join, seen):
    with tracing.request("workshop", "POST", "/rounds", None), worker_sessions_of(SERVICE).begin() as session:
        put_in_outbox(session, [RoundStarted(run_id=avi, round=1)])
    relay_once(engine, SERVICE, bus)
    (record,) = next_records(join())
    assert place_of(record.headers["ce_traceparent"]).span_id == seen.span("POST /rounds").context.span_id


@pytest.fixture
def all_topics(transport, server, database):
    """The service that reads most has its topics; what earlier tests left in its tables is gone."""
    transport.lay(set(listeners.topics) - set(TOPICS))
    with server.connect(database) as connection:
        for table in ("inbox", "dead_letter", "timer", "discarding", *read_models.tables):
            connection.execute(f"DELETE FROM {BUILT_ANEW}.{table}")


def test_a_read_model_is_built_anew_from_what_lies_on_the_road(transport, all_topics, avi, kela, owner):
    bus = transport.address.bus(worker_engine_of(BUILT_ANEW))
    for tenant in (avi, kela):
        with acting_for(tenant):
            tell(bus, *a_thread(), *a_thread())
    consumer = Consumer(listeners, worker_sessions_of(BUILT_ANEW), bus)
    until(lambda: consumer.run_once() or (consumer.wait(0.1) and None))
    until(
        lambda: not (consumer.run_once() or consumer.wait(0.1) or sum(consumer.subscription.lag().values()))
    )
    consumer.close()
    found = build_anew(bus, owner)
    assert are_equal(found) and found["edge"]["rows"] == 16
    bus.close()
