"""The database goes away, or has no room: everything waits for it, and nothing is given up."""

import pytest
from sqlalchemy import create_engine, text

from shared.settings import database_url
from tests.bus.conftest import until
from tests.bus.crew import Books, worker_thread
from tests.severing import connect_anew
from tests.shared.conftest import SERVICE


@pytest.fixture
def owner(database, server):
    """The database's owner, from outside: it may shut and open it."""
    with server.connect() as connection:
        yield connection
    connect_anew()


def shut(owner, database):
    """As a restart looks to those who are connected: all connections break, and new ones are refused."""
    owner.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        [database],
    )


def open_again(owner, database):
    owner.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")


def test_case_10_a_restart_of_the_database_is_waited_for_and_kills_no_event(transport, avi, owner, database):
    """Cure: what AWAY names is tried again for ever, also in the middle of a batch.
    Without it there, the events in hand use up their attempts, or the worker breaks."""
    books = Books(avi, runs=5)
    books.tell(rounds=100)
    with worker_thread(transport.address):
        until(lambda: books.handled)
        for _ in range(2):
            shut(owner, database)
            open_again(owner, database)
        until(lambda: connected(books) and books.balance())
        books.tell()
        until(books.balance)
    assert books.dead_letters() == 0


def connected(books):
    try:
        return books.handled is not None
    except Exception as away:  # our own connections were broken as well
        assert "terminating" in str(away) or "closed" in str(away)
        return False


@pytest.fixture
def full_disk(notes):
    """PostgreSQL answers every new note with its own error for a full disk."""
    owner = create_engine(database_url("polku_owner"))
    with owner.begin() as connection:
        for line in FULL:
            connection.execute(text(line))
    yield lambda: make_room(owner)
    make_room(owner)
    owner.dispose()


def make_room(owner):
    with owner.begin() as connection:
        connection.execute(text(f"DROP TRIGGER IF EXISTS full_disk ON {SERVICE}.note"))


FULL = (
    f"""CREATE OR REPLACE FUNCTION {SERVICE}.no_room() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$""",
    f"CREATE OR REPLACE TRIGGER full_disk BEFORE INSERT ON {SERVICE}.note"
    f" FOR EACH ROW EXECUTE FUNCTION {SERVICE}.no_room()",
)


def most_attempts(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT max(attempts) FROM group_partition"))


def test_case_22_a_full_disk_of_the_database_kills_no_event(transport, avi, full_disk, engine, caplog):
    """Cure: a full disk is an OperationalError, which is waited for. Counted as a listener's error it would end in
    dead letters after five attempts."""
    books = Books(avi, runs=3)
    books.tell(rounds=5)
    with worker_thread(transport.address):
        until(lambda: caplog.text.count("OperationalError") + caplog.text.count("DiskFull") >= 2)
        assert (books.dead_letters(), books.handled, most_attempts(engine)) == (0, {}, 0)
        full_disk()
        until(books.balance)
    assert books.dead_letters() == 0
