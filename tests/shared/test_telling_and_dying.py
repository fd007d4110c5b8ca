"""Failure cases 2 and 20: a request that dies before its commit has told nothing; others' long transactions and a listening connection that
hears nothing hold nobody up."""

import multiprocessing
import os
import signal
import threading
from uuid import uuid4

import pytest
from sqlalchemy import text

from shared.contracts.workshop import RoundStarted
from shared.database import engine_of, sessions_of
from shared.messaging.bus.listen_connection import notifications_for
from shared.messaging.consumer import AWAY
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import relaying
from shared.messaging.worker import Worker
from shared.tenancy.sessions import acting_for
from tests.shared.conftest import SERVICE, Note
from tests.waiting import until


def change_tell_and_wait(tenant, flushed, never) -> None:
    """A request in a process of its own, which flushed everything and has not committed."""
    engine_of.cache_clear()
    sessions_of.cache_clear()
    with acting_for(tenant), sessions_of(SERVICE).begin() as session:
        note = Note(words="x")
        session.add(note)
        note.say()
        session.flush()
        flushed.set()
        never.wait()


def count(notes, table: str) -> int:
    with notes() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}"))


def test_a_request_that_is_killed_before_its_commit_has_changed_and_told_nothing(notes, bus, avi):
    spawn = multiprocessing.get_context("spawn")
    flushed, never = spawn.Event(), spawn.Event()
    request = spawn.Process(target=change_tell_and_wait, args=(avi, flushed, never))
    request.start()
    assert flushed.wait(60)
    os.kill(request.pid, signal.SIGKILL)
    request.join(20)
    assert (count(notes, "note"), count(notes, "outbox")) == (0, 0)
    with notes.begin() as session:  # and nothing of it is locked
        note = Note(words="y")
        session.add(note)
        note.say()
    assert count(notes, "outbox") == 1


@pytest.mark.parametrize("end", ["SELECT 1", "COMMIT"])
def test_who_was_silent_for_too_long_and_is_cut_off_tries_again_as_when_the_database_is_away(engine, end):
    """A process that was stopped for a while, say, with a transaction open."""
    with engine.connect() as silent:
        silent.execute(text("SELECT set_config('idle_in_transaction_session_timeout', '20ms', true)"))
        backend = silent.connection.driver_connection.info.backend_pid
        until(lambda: is_gone(engine, backend))
        with pytest.raises(AWAY):
            silent.commit() if end == "COMMIT" else silent.execute(text(end))


def test_a_teller_whose_connection_is_cut_off_while_alarms_are_due_finds_the_database_away(
    notes, engine, bus
):
    """Anything else than that would end the worker: timers are not looked for on a connection that has gone."""
    worker = Worker(Listeners(SERVICE), notes, bus, threading.Event())
    with relaying(engine, SERVICE, bus) as relay:
        backend = relay.connection.connection.dbapi_connection.info.backend_pid
        with engine.connect() as another:
            another.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})
        until(lambda: is_gone(engine, backend))
        with pytest.raises(AWAY):
            worker._relay_once(relay)


def is_gone(engine, backend: int) -> bool:
    with engine.connect() as connection:
        there = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :backend")
        return connection.scalar(there, {"backend": backend}) == 0


@pytest.fixture
def heard():
    return []


@pytest.fixture
def worker(notes, bus, heard):
    """A living one, which notes the rounds that it hears of."""
    listeners = Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: heard.append(started.round))
    worker = Worker(listeners, notes, bus, threading.Event())
    thread = threading.Thread(target=worker.run)
    thread.start()
    until(lambda: worker.is_ready)
    yield worker
    worker.stop.set()
    thread.join(20)


def tell(notes, round: int) -> None:
    with notes.begin() as session:
        put_in_outbox(session, [RoundStarted(run_id=uuid4(), round=round)])


def test_what_is_told_during_a_long_transaction_does_not_wait_for_it(worker, notes, avi, heard):
    """A cursor behind the oldest running transaction would; one that reads by sequence and forgets would lose the late one."""
    slow = notes()
    put_in_outbox(slow, [RoundStarted(run_id=uuid4(), round=1)])
    tell(notes, 2)
    until(lambda: 2 in heard)
    assert heard == [2]
    slow.commit()
    until(lambda: 1 in heard)
    slow.close()


def test_who_loses_the_connection_that_listens_listens_anew_and_misses_nothing(
    worker, notes, avi, engine, heard, monkeypatch
):
    """Without waiting for the look that is made though nothing was announced."""
    monkeypatch.setattr("shared.messaging.worker.SCAN_SECONDS", 3600.0)
    with engine.connect() as connection:
        listening = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
        assert connection.scalar(text(listening)) == 1  # for all parts together
    tell(notes, 1)
    until(lambda: heard == [1])


def test_an_ear_that_hears_nothing_makes_events_later_and_loses_none(
    notes, bus, avi, heard, monkeypatch, request
):
    """The announcement only wakes: whoever hears none looks by himself once in a while."""
    deaf = lambda engine, *channels, about: notifications_for(engine, *channels, about=())  # noqa: E731
    monkeypatch.setattr("shared.messaging.worker.notifications_for", deaf)
    monkeypatch.setattr("shared.messaging.bus.postgres.notifications_for", deaf)
    monkeypatch.setattr("shared.messaging.worker.SCAN_SECONDS", 0.5)
    request.getfixturevalue("worker")
    for round in range(3):
        tell(notes, round)
    until(lambda: sorted(heard) == [0, 1, 2])
