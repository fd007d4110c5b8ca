"""The envelope: CloudEvents 1.0, strict on what comes in, blind to content."""

from uuid import UUID, uuid4

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event

from shared.contracts.process import PlanAgreed
from shared.contracts.survey import ViewShared
from shared.contracts.workshop import RoundStarted
from shared.messaging.events import Undecodable, envelope_for, hearing, open_envelope

RUN = uuid4()


@pytest.fixture
def wire(avi):
    envelope = envelope_for(RoundStarted(run_id=RUN, round=1), "workshop")
    return envelope.headers, envelope.as_row()["value"]


def test_what_is_put_in_comes_out(avi):
    envelope = envelope_for(RoundStarted(run_id=RUN, round=2), "workshop")
    assert open_envelope(envelope.headers, envelope.as_row()["value"]) == envelope


def test_the_official_library_reads_our_events(wire):
    headers, value = wire
    message = KafkaMessage(
        headers={name: text.encode() for name, text in headers.items()}, key=None, value=value
    )
    read = from_binary_event(message)
    assert (read.get_type(), read.get_id()) == (headers["ce_type"], headers["ce_id"])
    assert read.get_extension("tenantid") == headers["ce_tenantid"]


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_type", "ce_time", "ce_tenantid", "ce_specversion", "ce_partitionkey"]
)
def test_a_missing_attribute_is_refused(wire, name):
    headers, value = wire
    with pytest.raises(Undecodable, match=name):
        open_envelope({key: text for key, text in headers.items() if key != name}, value)


@pytest.mark.parametrize(
    "value", [b"", b"{", b'{"run_id": 1, "round": 1}', b"[]", b'{"round": 1}', b"\xff\xfe"]
)
def test_a_broken_body_is_refused_without_being_quoted(wire, value):
    headers, _ = wire
    with pytest.raises(Undecodable) as refused:
        open_envelope(headers, value)
    assert str(refused.value).endswith(f"while decoding {headers['ce_type']}.")


def test_a_key_of_another_organisation_is_refused(wire):
    headers, value = wire
    with pytest.raises(Undecodable, match="partition key"):
        open_envelope(headers | {"ce_tenantid": str(uuid4())}, value)


def test_newer_fields_are_passed_over(wire):
    headers, value = wire
    richer = msgspec.json.encode(msgspec.json.decode(value) | {"weather": "sun"})
    assert open_envelope(headers, richer).event == RoundStarted(run_id=RUN, round=1)


def test_an_event_too_long_is_refused_where_it_is_told(avi):
    endless = ViewShared(run_id=RUN, theme_id=RUN, view_id=RUN, language="x" * 70_000)
    with pytest.raises(ValueError, match="Tell it in parts"):
        envelope_for(endless, "survey").as_row()


def test_the_time_of_an_anonymous_act_is_coarse(avi):
    envelope = envelope_for(ViewShared(run_id=RUN, theme_id=RUN, view_id=RUN, language="fi"), "survey")
    assert (envelope.time.minute, envelope.time.second, envelope.time.microsecond) == (0, 0, 0)
    assert envelope.id.version == 4


def test_what_follows_from_an_event_names_its_cause(avi):
    first = envelope_for(RoundStarted(run_id=RUN, round=1), "workshop")
    with hearing(first):
        second = envelope_for(RoundStarted(run_id=RUN, round=2), "workshop")
    assert (second.causation, second.correlation) == (first.id, first.correlation)
    assert isinstance(second.causation, UUID)


def test_a_fact_may_be_called_version(avi):
    """The version of the declaration stands in the type; it must not cover a field of that name."""
    agreed = PlanAgreed(run_id=RUN, version=7)
    envelope = envelope_for(agreed, "process")
    assert open_envelope(envelope.headers, envelope.as_row()["value"]).event.version == 7
