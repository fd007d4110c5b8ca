"""The soak's books can tell when they do not balance."""

import json
from uuid import uuid4

import pytest

from infra.soak.books import Line, misplaced
from shared.bus import Record

EVEN = {"told": 9, "handled": 9, "letters": 0, "unsent": 0, "given_up": 1, "spoiled": 1}


def record(position: int, topic: str = "process.plan", told: dict | None = None, **headers: str) -> Record:
    id = {"ce_id": str(uuid4()), "ce_type": "x", "ce_source": "/polku/process"}
    return Record(topic, 0, position, "k", id | headers, json.dumps(told or {}).encode())


def test_what_is_handled_or_given_up_on_purpose_is_balanced():
    assert Line("voting", **EVEN).is_balanced


@pytest.mark.parametrize("off", ["handled", "letters", "unsent", "given_up", "spoiled"])
def test_one_more_or_less_is_not(off):
    line = Line("voting", **EVEN | {off: EVEN[off] + 1})
    assert not line.is_balanced and "NOT BALANCED" in str(line)


def test_a_version_before_an_earlier_one_is_out_of_order_and_a_repetition_is_not():
    first, second = record(0, told={"version": 1}), record(1, told={"version": 2})
    assert misplaced([first, second, first]) == []
    assert misplaced([second, first]) == ["process.plan 0 0"]


def test_what_one_event_caused_lies_in_the_order_of_telling():
    def caused(position: int, sequence: int, by: str) -> Record:
        return record(position, "practice.team", ce_causationid=by, ce_sequence=f"{sequence:020d}")

    assert misplaced([caused(0, 7, "a"), caused(1, 3, "b"), caused(2, 8, "a")]) == []
    assert misplaced([caused(0, 7, "a"), caused(1, 6, "a")]) == ["practice.team 0 1"]
