"""Timers that a noun asks for are written with it, as what it tells is; before that they can be read on the noun."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from shared.database import find
from shared.tenancy.sessions import acting_for
from tests.shared.conftest import Note

TODAY = datetime(2027, 3, 14, 9, tzinfo=UTC)
WORDS = "00000000-0000-4000-8000-000000000001"
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def written(engine, avi):
    """Returns {name of a timer: (when it is due, how often it was tried)} of our organisation."""

    def read() -> dict:
        query = text("SELECT name, due_at, attempts FROM timer WHERE tenant_id = :tenant")
        with engine.connect() as connection:
            return {name: (due, tried) for name, due, tried in connection.execute(query, {"tenant": avi})}

    return read


def test_what_was_asked_for_is_read_without_a_database():
    note = Note(words="x")
    note.schedule("wake_up", TODAY)
    note.schedule("lie_down", TODAY)
    note.cancel("wake_up")
    assert note.timers == {"lie_down": TODAY, "wake_up": None}


def test_a_timer_is_written_with_a_new_noun_and_with_one_that_changes_nothing_else(notes, written):
    with notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
    with notes.begin() as session:
        find(session, Note, note.id).schedule("lie_down", TOMORROW)
    assert written() == {"wake_up": (TODAY, 0), "lie_down": (TOMORROW, 0)}


def test_a_timer_moves_and_is_tried_anew(notes, engine, written):
    with notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
    with engine.begin() as connection:
        connection.execute(text("UPDATE timer SET attempts = 7 WHERE about = :note"), {"note": note.id})
    assert written() == {"wake_up": (TODAY, 7)}
    with notes.begin() as session:
        find(session, Note, note.id).schedule("wake_up", TOMORROW)
    assert written() == {"wake_up": (TOMORROW, 0)}


def test_an_organisation_has_one_timer_whichever_of_its_nouns_ask(notes, engine, avi, monkeypatch):
    monkeypatch.setattr(Note, "timed_by", "tenant_id")
    with notes.begin() as session:
        for at in (TOMORROW, TODAY):
            session.add(note := Note(words="x"))
            note.schedule("wake_up", at)
    with engine.connect() as connection:
        timers = text("SELECT about, due_at FROM timer WHERE tenant_id = :tenant")
        assert connection.execute(timers, {"tenant": avi}).all() == [(avi, TODAY)]


def test_the_last_word_counts(notes, written):
    with notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
        note.cancel("wake_up")
        session.flush()
        note.schedule("lie_down", TODAY)
        session.flush()
        note.cancel("lie_down")
        note.schedule("lie_down", TOMORROW)
    assert written() == {"lie_down": (TOMORROW, 0)}


def test_what_is_rolled_back_sets_no_timer(notes, written):
    with pytest.raises(RuntimeError), notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
        session.flush()
        raise RuntimeError
    assert written() == {}


def test_a_noun_that_goes_takes_its_timers_along(notes, written):
    with notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
    with notes.begin() as session:
        note = find(session, Note, note.id)
        note.cancel("wake_up")
        session.delete(note)
    assert written() == {}


def test_another_organisations_timers_stay(notes, written, kela):
    with notes.begin() as session:
        session.add(note := Note(words="x"))
        note.schedule("wake_up", TODAY)
    with acting_for(kela), notes.begin() as session:
        session.add(theirs := Note(words="x", id=note.id))
        theirs.cancel("wake_up")
    assert written() == {"wake_up": (TODAY, 0)}


class Page(Note):
    """Its timers are about what is written on it."""

    timed_by = "words"


def test_of_two_things_with_the_same_timer_the_last_one_counts(notes, written):
    """As of two views of one run."""
    with notes.begin() as session:
        session.add_all(pages := [Page(words=WORDS) for _ in range(2)])
        pages[1].schedule("wake_up", TODAY)
        pages[0].schedule("wake_up", TOMORROW)
    assert written() == {"wake_up": (TOMORROW, 0)}


@contextmanager
def statements(engine):
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(connection, cursor, statement, *more) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_many_timers_are_one_statement(notes, engine, avi):
    with notes.begin() as session:
        session.add_all(many := [Note(words=str(nr)) for nr in range(9)])
        for nr, note in enumerate(many):
            note.schedule("wake_up", TODAY) if nr % 2 else note.cancel("wake_up")
        with statements(engine) as asked:
            session.flush()
    assert len([one for one in asked if "timer" in one]) == 1
