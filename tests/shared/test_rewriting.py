"""Tables written anew: the rows stay, and what they were written with, and in which order, does not."""

from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import ProgrammingError

from services.survey.models import Claim
from shared.database import engine_of, worker_engine_of, worker_sessions_of
from shared.messaging.listeners import Listeners
from shared.migrations.anew import WHILE_TABLES_STAND
from shared.privacy.rewriting import LOG_TIMER, TIMER, ask_to_write_anew, write_anew, written_anew_at_night
from shared.settings import database_url
from shared.tenancy.sessions import acting_for
from tests.shared.conftest import SERVICE, Note

AS_THEY_LIE = "SELECT words, xmin::text AS written_by FROM note ORDER BY ctid"


@pytest.fixture
def forty(notes, owner_of_tables, avi, kela):
    """Forty notes, each written by a transaction of its own, one after another; every fourth a stranger's."""
    with owner_of_tables.begin() as connection:
        connection.execute(text("TRUNCATE note"))
    for n in range(40):
        with acting_for(avi if n % 4 else kela), notes.begin() as session:
            session.add(Note(words=f"{n:02}"))
    return notes


@pytest.fixture
def lying(owner_of_tables, forty):
    """The rows as they lie in the file, for whoever has it in hand."""

    def read():
        with owner_of_tables.begin() as connection:
            connection.execute(text("ALTER TABLE note NO FORCE ROW LEVEL SECURITY"))
            rows = connection.execute(text(AS_THEY_LIE)).all()
            connection.execute(text("ALTER TABLE note FORCE ROW LEVEL SECURITY"))
        return rows

    return read


def test_neither_order_nor_transactions_are_left(forty, lying, avi):
    before = lying()
    assert len({row.written_by for row in before}) == 40 and [row.words for row in before] == sorted(
        row.words for row in before
    )
    with forty.begin() as session:
        assert write_anew(session, Note)
    after = lying()
    assert len({row.written_by for row in after}) == 1
    assert [row.words for row in after] != [row.words for row in before]
    assert sorted(row.words for row in after) == [row.words for row in before]


def test_each_organisation_still_sees_its_own(forty, avi, kela):
    with forty.begin() as session:
        write_anew(session, Note)
    seen = {}
    for tenant in (avi, kela):
        with acting_for(tenant), forty.begin() as session:
            seen[tenant] = len(session.scalars(select(Note)).all())
    assert seen == {avi: 30, kela: 10}


def test_what_is_written_in_the_same_transaction_comes_along(forty, lying, avi):
    with forty.begin() as session:
        session.add(Note(words="now"))
        write_anew(session, Note)
        session.add(Note(words="then"))
    assert {"now", "then"} < {row.words for row in lying()}


def test_nothing_is_written_anew_while_a_backup_needs_the_tables(forty, lying, avi):
    before = lying()
    with worker_engine_of(SERVICE).connect() as backup:
        backup.execute(text(f"SELECT pg_advisory_lock({WHILE_TABLES_STAND})"))
        with forty.begin() as session:
            assert not write_anew(session, Note)
        backup.execute(text(f"SELECT pg_advisory_unlock({WHILE_TABLES_STAND})"))
    assert lying() == before


def test_all_services_write_theirs_anew_at_the_same_moment_of_the_night(forty, avi):
    with worker_sessions_of("survey").begin() as theirs, forty.begin() as ours:
        assert write_anew(theirs, Claim) and write_anew(ours, Note)


@pytest.mark.parametrize(
    "engine_for", [engine_of, lambda service: create_engine(database_url("survey_operator"))]
)
def test_only_a_worker_may(forty, avi, engine_for):
    with (
        engine_for(SERVICE).connect() as connection,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        connection.execute(text("SELECT bus.write_anew(ARRAY['note'])"))


def test_a_worker_reaches_the_tables_of_its_own_service_alone(forty, avi):
    with (
        worker_sessions_of("survey").begin() as session,
        pytest.raises(ProgrammingError, match="does not exist"),
    ):
        write_anew(session, Note)


def test_it_is_done_in_the_night_after_and_then_the_log_is_ended(forty, lying, avi, server):
    listeners, run = Listeners(SERVICE), uuid4()
    written_anew_at_night(listeners, Note)
    with forty.begin() as session:
        ask_to_write_anew(session, run)
        listeners.timers[TIMER](run, session)
    before = log_segments(server)
    with forty.begin() as session:
        listeners.timers[LOG_TIMER](run, session)
    assert len({row.written_by for row in lying()}) == 1
    assert not before & log_segments(server)


def log_segments(server) -> set[str]:
    return {path.name for path in (server.data / "pg_wal").glob("0*")}
