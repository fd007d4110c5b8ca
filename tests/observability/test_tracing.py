"""A trace follows an act through request, outbox, bus and listener, and stops where somebody is anonymous."""

from uuid import uuid4

import httpx2
import pytest
from opentelemetry.trace import SpanKind

from shared.contracts.survey import ViewShared
from shared.contracts.workshop import RoundStarted
from shared.messaging.bus import PARTITIONS
from shared.messaging.events import Undecodable, envelope_for, open_envelope
from shared.messaging.listeners import Listeners
from shared.messaging.relay import relay_once
from shared.telemetry import tracing
from shared.telemetry.calls import TracedTransport
from shared.telemetry.spans import place_of
from tests.shared.conftest import SERVICE, Note

THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def a_view() -> ViewShared:
    return ViewShared(run_id=uuid4(), view_id=uuid4(), theme_id=uuid4(), language="fi")


def a_round() -> RoundStarted:
    return RoundStarted(run_id=uuid4(), round=1)


def wire(event, source="survey"):
    envelope = envelope_for(event, source)
    return envelope, open_envelope(envelope.headers, envelope.as_row()["value"])


def test_an_event_carries_the_place_of_the_request_that_told_it(seen, avi):
    with tracing.request("workshop", "POST", "/rounds", THEIRS):
        envelope, opened = wire(a_round(), "workshop")
    request = seen.span("POST /rounds")
    assert envelope.headers["ce_traceparent"].split("-")[1:3] == [
        f"{request.context.trace_id:032x}",
        f"{request.context.span_id:016x}",
    ]
    assert opened.traceparent == envelope.traceparent
    assert f"{request.context.trace_id:032x}" == THEIRS.split("-")[1]


def test_an_anonymous_event_carries_no_trace(seen, avi):
    """The trace would tell the microsecond, and the whole request of the person behind it."""
    with tracing.request("survey", "POST", "/views", THEIRS):
        envelope, opened = wire(a_view())
    assert "ce_traceparent" not in envelope.headers and opened.traceparent is None
    assert THEIRS.split("-")[1] not in str(envelope.headers)


def test_nothing_is_written_while_nobody_traces(avi):
    assert "ce_traceparent" not in envelope_for(a_round(), "workshop").headers


@pytest.mark.parametrize(
    "garbage", ["", "no", THEIRS + "x", THEIRS.replace("4bf9", "GGGG"), "00-" + "0" * 55]
)
def test_a_garbled_traceparent_begins_nothing_and_breaks_nothing(seen, avi, garbage):
    envelope, _ = wire(a_round())
    headers = envelope.headers | {"ce_traceparent": garbage}
    assert open_envelope(headers, envelope.as_row()["value"]).traceparent is None
    assert place_of(garbage) is None
    with tracing.request("workshop", "GET", "/rounds", garbage):
        assert tracing.trace_id()


@pytest.fixture
def listeners():
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted, ViewShared)
    def answer_it(happened, session):
        answers.append(envelope_for(a_round(), SERVICE))

    answers: list = []
    listeners.answers = answers
    return listeners


def test_a_reaction_is_a_child_of_the_request_and_so_is_what_it_tells(seen, avi, bus, notes, listeners):
    with tracing.request("workshop", "POST", "/rounds", None):
        envelope, opened = wire(a_round(), "workshop")
    listeners.hear(opened, notes)
    request = seen.span("POST /rounds")
    reaction = seen.span("process polku.workshop.round-started.v1")
    assert reaction.kind is SpanKind.CONSUMER
    assert (reaction.context.trace_id, reaction.parent.span_id) == (
        request.context.trace_id,
        request.context.span_id,
    )
    assert reaction.attributes["messaging.message.id"] == str(envelope.id)
    assert place_of(listeners.answers[0].traceparent).trace_id == request.context.trace_id


def test_the_reaction_to_an_anonymous_event_names_neither_message_nor_organisation(
    seen, avi, bus, notes, listeners
):
    with tracing.request("survey", "POST", "/views", None):
        envelope, opened = wire(a_view())
    listeners.hear(opened, notes)
    reaction = seen.span("process polku.survey.view-shared.v1")
    assert reaction.parent is None
    assert reaction.context.trace_id != seen.span("POST /views").context.trace_id
    told = reaction.to_json()
    for hidden in (envelope.id, envelope.tenant, envelope.event.view_id, envelope.event.run_id):
        assert str(hidden) not in told


def test_a_batch_is_linked_to_what_told_its_events(seen, avi):
    with tracing.request("workshop", "POST", "/rounds", None):
        named, _ = wire(a_round(), "workshop")
        anonymous, _ = wire(a_view())
    headers = [named.headers, anonymous.headers, {"ce_traceparent": "garbage"}]
    with tracing.batch("lineage", "workshop.round", headers):
        assert tracing.trace_id()
    (link,) = seen.span("process workshop.round").links
    assert link.context.span_id == seen.span("POST /rounds").context.span_id


def test_a_call_to_another_service_takes_the_trace_along(seen):
    came: list[httpx2.Request] = []

    def answer(request):
        came.append(request)
        return httpx2.Response(200)

    way = TracedTransport("voting", httpx2.MockTransport(answer))
    page = tracing.request("portal", "GET", "/ballot/<uuid:id>", None)
    with httpx2.Client(base_url="http://voting", transport=way) as client, page:
        client.get(f"/ballots/{uuid4()}", params={"q": "kaisa"})
    call = seen.span("GET voting")
    assert call.kind is SpanKind.CLIENT
    assert call.parent.span_id == seen.span("GET /ballot/<uuid:id>").context.span_id
    assert came[0].headers["traceparent"].split("-")[2] == f"{call.context.span_id:016x}"
    assert set(call.attributes) == {"http.request.method", "server.address", "http.response.status_code"}


def test_the_place_travels_through_outbox_and_bus(seen, avi, bus, engine, notes):
    with tracing.request("workshop", "POST", "/rounds", None), notes.begin() as session:
        note = Note(words="x")
        note.say()
        session.add(note)
    relay_once(engine, SERVICE, bus)
    (record,) = [
        record for partition in range(PARTITIONS) for record in bus.read(RoundStarted.topic, partition, 0, 9)
    ]
    told = place_of(record.headers["ce_traceparent"])
    assert told.span_id == seen.span("POST /rounds").context.span_id


def test_an_error_in_a_span_is_told_by_its_kind(seen):
    with pytest.raises(Undecodable), tracing.request("survey", "GET", "/x", None):
        raise Undecodable("what Kaisa wrote")
    span = seen.span("GET /x")
    assert span.attributes["error.type"] == "Undecodable"
    assert "Kaisa" not in span.to_json()
