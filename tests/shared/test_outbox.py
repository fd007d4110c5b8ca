"""What is committed is told, what is rolled back is not, and the order is the order of telling."""

import gc

import pytest

from shared.contracts.workshop import RoundStarted
from shared.database import find
from shared.messaging.relay import relay_once
from tests.shared.conftest import SERVICE, Note


def test_telling_without_changing_anything_is_still_told(notes, bus, avi, told):
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
    id = note.id
    with notes.begin() as session:
        find(session, Note, id).say()
        gc.collect()
    assert told(SERVICE) == [RoundStarted(run_id=id, round=1)]


def test_what_is_rolled_back_is_never_told(notes, bus, avi, told):
    with pytest.raises(RuntimeError), notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
        session.flush()
        raise RuntimeError
    assert told(SERVICE) == []


def test_things_are_told_in_the_order_they_happened(notes, bus, avi, told):
    with notes.begin() as session:
        written = [Note(words=str(number)) for number in range(20)]
        session.add_all(written)
        for round in (1, 2):
            for note in reversed(written):
                note.say(round)
    assert [event.round for event in told(SERVICE)] == [1] * 20 + [2] * 20
    assert [event.run_id for event in told(SERVICE)[:20]] == [note.id for note in reversed(written)]


def test_the_relay_empties_the_outbox_once(notes, bus, engine, avi, told):
    with notes.begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
    assert relay_once(engine, SERVICE, bus) == 1
    assert relay_once(engine, SERVICE, bus) == 0
    assert told(SERVICE) == []
