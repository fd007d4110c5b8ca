"""The database dies under everybody's hands, and comes back with what it had promised to keep: nothing else may count."""

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from infra.database.postgres import Postgres
from shared.database import sessions_on
from shared.migrations.protect import ROW_SECURITY
from shared.migrations.upgrade import up
from shared.settings import database_url, worker_of
from tests.bus.conftest import PATIENCE_SECONDS, WITHOUT_GROUPS_OF_MANY, until
from tests.bus.crew import STOP_SECONDS, Books, worker_process
from tests.shared.conftest import SERVICE, Base

CRASHES, HANDLED_BETWEEN = 2, 100


@pytest.fixture(scope="module")
def mortal(server) -> Iterator[Postgres]:
    """A server of this test's own, with the same passwords as the one of all tests."""
    home = Path(tempfile.mkdtemp(prefix="polku-mortal-"))
    home.chmod(0o711)
    postgres = Postgres(home, json.loads((server.data.parent / "secrets.json").read_text()))
    postgres.start()
    postgres.provision()
    yield postgres
    postgres.stop()
    shutil.rmtree(home)


@pytest.fixture
def mortal_sessions(mortal, transport, monkeypatch) -> Iterator[sessionmaker]:
    """The settings lead there, for the processes that are started from now on; its tables are new."""
    monkeypatch.setenv("POLKU_DATABASE", mortal.address())
    up([SERVICE])
    owner = create_engine(database_url("polku_owner"), pool_pre_ping=True)
    with owner.begin() as connection:
        connection.execute(text(f"SET search_path TO {SERVICE}"))
        Base.metadata.create_all(connection)
        for line in ROW_SECURITY:
            connection.execute(text(line.format(table="note")))
    engine = create_engine(database_url(worker_of(SERVICE)), pool_pre_ping=True)
    yield sessions_on(engine, SERVICE)
    engine.dispose()
    with owner.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SERVICE}, bus CASCADE"))
    owner.dispose()
    mortal.provision()


def crash(server: Postgres) -> None:
    """All of its processes at once, as at a power cut: what lay in memory is gone."""
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    family = [postmaster, *postmaster.children(recursive=True)]
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=STOP_SECONDS)


@contextmanager
def people_at_work(books: Books) -> Iterator[threading.Lock]:
    """Somebody tells round after round, and again when it was refused; whoever has the lock knows that no commit is
    under way, so that none is in doubt."""
    stop, between = threading.Event(), threading.Lock()

    def tell() -> None:
        before = dict(books.told)
        try:
            books.tell()
        except OperationalError:
            books.told = before

    def go_on_telling() -> None:
        while not stop.wait(0.02):
            with between:
                tell()

    person = threading.Thread(target=go_on_telling)
    person.start()
    try:
        yield between
    finally:
        stop.set()
        person.join(STOP_SECONDS)


@pytest.mark.parametrize(
    "transport", WITHOUT_GROUPS_OF_MANY, indirect=True
)  # each crash makes members join anew
def test_case_10_a_crash_of_the_database_takes_nothing_back_in_part(transport, avi, mortal, mortal_sessions):
    """Cures: what AWAY names is tried again for ever; the relay, which does not wait for the disk, takes events out of the
    outbox and puts them into the log in one transaction, or on Kafka again under the same id, which the inbox knows."""
    books = Books(avi, runs=5, sessions=mortal_sessions)
    with worker_process(transport.address) as worker:
        with people_at_work(books) as between:
            for _ in range(CRASHES):
                enough = sum(books.handled.values()) + HANDLED_BETWEEN
                until(lambda enough=enough: sum(books.handled.values()) > enough)
                with between:
                    crash(mortal)
                mortal.start()
        until(books.balance, patience=2 * PATIENCE_SECONDS)
        worker.terminate()
        worker.join(STOP_SECONDS)
        assert worker.exitcode == 0
    assert (books.dead_letters(), books.waiting()) == (0, 0)
