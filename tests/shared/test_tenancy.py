"""Nobody sees or writes another organisation's rows, however the question is put."""

from contextvars import Context

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from shared.database import find
from shared.problems import NotFound
from shared.tenancy import AnotherTenant, NoTenant, acting_for
from tests.shared.conftest import Note


def test_nothing_can_be_read_before_saying_for_whom(notes):
    with pytest.raises(NoTenant), notes() as session:
        session.scalars(select(Note)).all()


def test_another_organisations_rows_are_not_there(notes, avi, kela):
    with notes.begin() as session:
        note = Note(words="Meetings need air")
        session.add(note)
    with acting_for(kela), notes() as session:
        assert session.scalar(text("SELECT count(*) FROM note")) == 0
        with pytest.raises(NotFound):
            find(session, Note, note.id)


def test_nothing_can_be_written_in_another_organisations_name(notes, avi, kela):
    row = text("INSERT INTO note (tenant_id, id, words) VALUES (:avi, gen_random_uuid(), 'x')")
    with acting_for(kela), pytest.raises(DBAPIError, match="row-level security"), notes.begin() as session:
        session.execute(row, {"avi": avi})


def test_a_pooled_connection_forgets_the_previous_organisation(notes, engine, avi):
    with notes() as session:
        session.scalars(select(Note)).all()
    with pytest.raises(DBAPIError):
        Context().run(all_notes, engine)  # in nobody's name


def all_notes(engine):
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM note")).all()


def test_a_transaction_outside_of_a_session_is_in_the_name_of_whom_we_act_for_too(notes, engine, avi, kela):
    with notes.begin() as session:
        session.add(Note(words="Meetings need air"))
    assert len(all_notes(engine)) == 1
    with acting_for(kela):
        assert all_notes(engine) == []


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_has_the_isolation_that_was_asked_for(engine, avi, level):
    with engine.connect().execution_options(isolation_level=level) as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == level.lower()
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_one_session_serves_one_organisation(notes, avi, kela):
    with notes() as session:
        session.scalars(select(Note)).all()
        session.commit()
        with acting_for(kela), pytest.raises(AnotherTenant):
            session.scalars(select(Note)).all()


def test_a_cached_plan_does_not_leak(notes, avi, kela):
    """A folded constant in a generic plan showed the first organisation's rows from the 12th execution on."""
    with notes.begin() as session:
        session.add(Note(words="ours"))
    for tenant, count in [(avi, 1)] * 15 + [(kela, 0)] * 15:
        with acting_for(tenant), notes() as session:
            assert len(session.scalars(select(Note)).all()) == count
