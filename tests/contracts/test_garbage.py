"""Failure case 25: whatever lies on the bus, opening it ends well or ends in Undecodable, and never says what was in it."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.asyncapi.released import released
from shared.messaging.events import Envelope, Undecodable, open_envelope

SAMPLES = [sample for promised in released().values() for sample in promised.samples]
ATTRIBUTES = sorted({name for sample in SAMPLES for name in sample.headers} | {"ce_traceparent"})
FUZZ = settings(
    max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

anything = st.text() | st.sampled_from(
    ["", "1.0", "0", "null", "\x00", "\ud800", "0001-01-01", "9999-12-31T23:59:59"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | anything
trees = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def opened(headers: dict[str, str], value: bytes) -> Envelope | None:
    try:
        return open_envelope(headers, value)
    except Undecodable:
        return None


def in_order(envelope: Envelope | None) -> bool:
    """What was let in is an event that could be told again under the same key."""
    return envelope is None or opened(envelope.headers, envelope.as_row()["value"]) == envelope


@FUZZ
@given(headers=st.dictionaries(st.sampled_from(ATTRIBUTES) | anything, anything), value=st.binary())
def test_noise_is_nothing_but_undecodable(headers, value):
    assert opened(headers, value) is None


@FUZZ
@given(sample=st.sampled_from(SAMPLES), name=st.sampled_from(ATTRIBUTES), noise=anything)
def test_one_wrong_header_does_no_harm(sample, name, noise):
    assert in_order(opened(sample.headers | {name: noise}, msgspec.json.encode(sample.body)))


@FUZZ
@given(sample=st.sampled_from(SAMPLES), data=st.data(), noise=trees)
def test_one_wrong_fact_does_no_harm(sample, data, noise):
    field = data.draw(st.sampled_from(sorted(sample.body) + ["weather"]))
    assert in_order(
        opened(sample.headers, json.dumps(sample.body | {field: noise}).encode("utf-8", "replace"))
    )


@FUZZ
@given(sample=st.sampled_from(SAMPLES), data=st.data(), noise=st.binary(max_size=8))
def test_a_body_that_was_cut_or_scratched_does_no_harm(sample, data, noise):
    whole = msgspec.json.encode(sample.body)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    assert in_order(opened(sample.headers, whole[:start] + noise + whole[end:]))


@pytest.mark.parametrize("opening", ["[", '{"a":'], ids=["lists", "objects"])
def test_a_body_without_a_bottom_is_undecodable(opening):
    sample = SAMPLES[0]
    bottomless = '{"weather":' + opening * (60_000 // len(opening)) + "}"
    with pytest.raises(Undecodable, match="RecursionError|DecodeError"):
        open_envelope(sample.headers, bottomless.encode())


def test_a_time_without_a_zone_is_undecodable():
    sample = SAMPLES[0]
    with pytest.raises(Undecodable, match="no zone"):
        open_envelope(sample.headers | {"ce_time": "2026-02-09T09:00:00"}, msgspec.json.encode(sample.body))


@FUZZ
@given(sample=st.sampled_from([sample for sample in SAMPLES if sample.body]), data=st.data())
def test_a_refusal_does_not_say_what_was_in_the_body(sample, data):
    field = data.draw(st.sampled_from(sorted(sample.body)))
    with pytest.raises(Undecodable) as refused:
        open_envelope(sample.headers, json.dumps(sample.body | {field: {"kaisa": ["secret words"]}}).encode())
    assert "secret" not in str(refused.value)
    assert "kaisa" not in str(refused.value)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ce_type": ""},
        {"": ""},
        {"ce_type": "polku.workshop.round-started.v1"},
        {"trace": "\ufffd" * 500},
    ],
    ids=str,
)
def test_garbage_on_the_bus_is_laid_aside_and_the_next_event_is_heard(delivery, headers):
    delivery.lay(delivery.row(), headers=headers, value=b"\xff\x00garbage", key="")
    delivery.lay(delivery.row(round=2))
    delivery.handle()
    assert delivery.written == [2]
    assert len(delivery.dead) == 1
