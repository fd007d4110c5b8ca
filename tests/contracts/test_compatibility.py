"""A released event keeps what it promised; it may only gain what nobody has to say."""

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shared.contracts.asyncapi.released import Released, Sample, broken, released
from shared.messaging.events import CATALOGUE, Event
from tests.contracts.note import note

TYPE = "polku.tests.door-opened.v1"
RELEASED = released()


def declared(
    base: type = Event, topic: str = "tests.door", coarse: bool = False, **fields: Any
) -> type[Event]:
    """An event of these fields: name=type, or name=(type, default)."""
    told = [(name, *field) if isinstance(field, tuple) else (name, field) for name, field in fields.items()]
    event = msgspec.defstruct("DoorOpened", told, bases=(base,), frozen=True, kw_only=True)
    event.type, event.topic, event.coarse = TYPE, topic, coarse
    return event


THEN = {"run_id": UUID, "hands": int, "late": (bool, False)}


def troubles(**changed: Any) -> list[str]:
    return list(broken(TYPE, Released.of(declared(**THEN)), Released.of(declared(**changed))))


@pytest.mark.parametrize("type", CATALOGUE)
def test_every_event_keeps_what_it_promised(type):
    if type in RELEASED:
        assert not list(broken(type, RELEASED[type], Released.of(CATALOGUE[type])))


@pytest.mark.parametrize("type", CATALOGUE)
def test_what_an_event_has_gained_is_noted(type):
    if type in RELEASED:
        now, then = Released.of(CATALOGUE[type]), RELEASED[type]
        assert (now.properties, now.required) == (then.properties, then.required), (
            f"{type} has changed. Run `python -m tests.contracts.note` and commit shared/contracts/released."
        )


def test_an_event_as_it_was_breaks_nothing():
    assert troubles(**THEN) == []


def test_a_field_that_nobody_has_to_say_may_come():
    assert troubles(**THEN, weather=(str, "sun")) == []


def test_a_field_may_be_left_unsaid_from_now_on():
    assert troubles(**THEN | {"hands": (int, 1)}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"run_id": UUID, "late": (bool, False)}, "the field 'hands' is gone"),
        (THEN | {"weather": str}, "older events do not have the field 'weather'"),
        (THEN | {"late": bool}, "older events do not have the field 'late'"),
        (THEN | {"hands": str}, "the field 'hands' was"),
        (THEN | {"hands": int | None}, "the field 'hands' was"),
        (THEN | {"late": (bool, True)}, "the field 'late' was"),
        (THEN | {"run_id": (UUID | None, None)}, "in_order_of was 'run'"),
        (THEN | {"topic": "tests.window"}, "topic was 'tests.door' and is 'tests.window'"),
        (THEN | {"coarse": True}, "coarse was False and is True"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_broken_promise_is_said_with_the_way_out(change, said):
    found = troubles(**change)
    assert any(said in sentence for sentence in found), found
    assert all(
        "declare what is new as an event of its own" in told or "give it a default" in told for told in found
    )


def test_a_run_that_comes_into_an_event_would_move_it_out_of_its_place():
    """Without a run it lies in the order of its organisation; with one, elsewhere."""
    then, now = declared(hands=int), declared(hands=int, run_id=(UUID | None, None))
    assert "in_order_of was 'organisation'" in "".join(broken(TYPE, Released.of(then), Released.of(now)))


def test_a_gained_field_is_noted_with_a_sample_beside_the_old_ones(tmp_path):
    then = Released.of(declared(**THEN))
    then.samples = [Sample(headers={}, body={"hands": 2})]
    assert note(declared(**THEN, decision=(str, "")), then, tmp_path) == []
    noted = json.loads((tmp_path / f"{TYPE}.json").read_text())
    assert "decision" in noted["properties"]
    assert [sample["body"]["hands"] for sample in noted["samples"]] == [2, 3]


def test_a_broken_promise_is_never_noted_away(tmp_path):
    then = Released.of(declared(**THEN))
    assert note(declared(run_id=UUID), then, tmp_path)
    assert not list(tmp_path.iterdir())
