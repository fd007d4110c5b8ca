"""Nobody sees or writes another organisation's rows, however the question is put."""

import gc
from contextvars import Context
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.contracts.workshop import RoundStarted
from shared.database import find, lock_of
from shared.messaging.outbox import put_in_outbox
from shared.messaging.scheduling import schedule
from shared.problems import NotFound
from shared.tenancy.sessions import AnotherTenant, NoTenant, acting_for, tenant_here, tenant_of
from tests.shared.conftest import Note


def test_nothing_can_be_read_before_saying_for_whom(notes):
    with pytest.raises(NoTenant):
        notes()


def test_a_session_that_nobody_opened_for_an_organisation_begins_nothing(engine, avi):
    with pytest.raises(NoTenant), Session(engine) as session:
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


def use(session):
    return session.scalars(select(Note)).all()


def write(session):
    session.add(Note(words="x"))
    session.flush()


def tell(session):
    put_in_outbox(session, [RoundStarted(run_id=uuid4(), round=1)])


def ring_an_alarm(session):
    schedule(session, datetime.now(UTC), "name", uuid4())


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("act", [use, write, tell, ring_an_alarm])
def test_one_session_serves_one_organisation(notes, avi, kela, act, begun):
    """Loudly, whether its transaction has begun or not: whoever mixes them up finds out at the first try."""
    with notes() as session:
        if begun:
            session.connection()
        with acting_for(kela), pytest.raises(AnotherTenant):
            act(session)


def test_a_session_acts_for_its_organisation_when_nobody_says_one_any_more(notes, world, kela):
    """Its transaction, rows, envelopes, timers, wakes and locks are of the organisation that it was opened for."""
    with acting_for(world.avi):
        session = notes()
    session.add(note := Note(words="Meetings need air"))
    note.say()
    schedule(session, datetime.now(UTC), "air", note.id)
    session.flush()
    assert note.tenant_id == tenant_of(session) == world.avi
    assert session.scalar(text("SELECT current_setting('app.tenant')")) == str(world.avi)
    mine = text(
        "SELECT tenant_id FROM timer WHERE about = :id UNION SELECT CAST(headers ->> 'ce_tenantid' AS uuid)"
        " FROM outbox WHERE headers ->> 'ce_partitionkey' LIKE :key"
    )
    assert session.scalars(mine, {"id": note.id, "key": f"%:{note.id}"}).all() == [world.avi]
    session.rollback()
    session.close()


def test_organisations_do_not_wait_for_each_others_locks(notes, avi, kela):
    with notes() as ours:
        assert takes_the_lock(ours)
        with acting_for(kela), notes() as theirs:
            assert takes_the_lock(theirs)
        with notes() as again:
            assert not takes_the_lock(again)


def takes_the_lock(session):
    return session.scalar(select(func.pg_try_advisory_xact_lock(lock_of(session, "count"))))


def test_a_door_that_is_left_open_changes_nothing_when_it_is_collected(avi, kela):
    """A generator's would put back whom the thread acted for before, in the middle of what it does now."""

    def forget_to_leave():
        door = acting_for(kela)
        door.__enter__()
        kept = [door]
        kept.append(kept)  # so that only the collector finds it

    def in_a_thread_of_its_own():
        forget_to_leave()
        with acting_for(avi):
            gc.collect()
            return tenant_here()

    assert Context().run(in_a_thread_of_its_own) == avi


def test_a_cached_plan_does_not_leak(notes, avi, kela):
    """A folded constant in a generic plan showed the first organisation's rows from the 12th execution on."""
    with notes.begin() as session:
        session.add(Note(words="ours"))
    for tenant, count in [(avi, 1)] * 15 + [(kela, 0)] * 15:
        with acting_for(tenant), notes() as session:
            assert len(session.scalars(select(Note)).all()) == count
