"""Workers that a test may kill, stop and start: in threads, and in processes of their own."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import sessionmaker

from shared.contracts.workshop import RoundStarted
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging import events
from shared.messaging.bus import Fenced, Record
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import dead_letter
from shared.messaging.outbox import put_in_outbox
from shared.messaging.worker import Worker
from shared.tenancy.sessions import acting_for
from tests.bus.transports import LEASE, Address
from tests.shared.conftest import SERVICE, Note

SPAWN = multiprocessing.get_context("spawn")
Bug = Callable[[RoundStarted], bool]
STOP_SECONDS = 30  # what a SIGTERM gives


class OutOfOrder(Exception):
    """An event came before its predecessor, or twice: it dies, and the books do not balance."""


def listeners_that_keep_order(slow: float = 0.0, handling: Any = None, bug: Bug | None = None) -> Listeners:
    """Notes every round of a run, and refuses one that is not the next; a `bug` says what cannot be handled."""
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def note_the_next_round(started, session):
        if noted(session, started.run_id) != started.round:
            raise OutOfOrder
        if bug and bug(started):
            raise ValueError
        session.add(Note(words=str(started.run_id)))
        if handling:
            session.flush()
            handling.set()
        time.sleep(slow)  # as long as this work takes: what comes from outside falls into it

    return listeners


def noted(session, run: UUID) -> int:
    return session.scalar(select(func.count()).where(Note.words == str(run)))


def work(address: Address, handling: Any, slow: float, lease: float) -> None:
    """A worker process, as infra.worker makes it: SIGTERM ends it in order."""
    bus = address.bus(worker_engine_of(SERVICE), lease)
    work_until_told_to_stop(bus, listeners_that_keep_order(slow, handling))


def work_ahead(address: Address, lease: float) -> None:
    """On a machine whose clock is an hour ahead."""
    with a_clock_ahead(hours=1):
        work(address, None, 0.0, lease)


@contextmanager
def a_clock_ahead(hours: float) -> Iterator[None]:
    """This process's wall clock, and the times that it writes on envelopes."""
    away, right = timedelta(hours=hours), time.time

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + away

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + away.total_seconds())
        patch.setattr(events, "datetime", Ahead)
        yield


def work_until_told_to_stop(bus: Any, listeners: Listeners) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop.set).start())
    Worker(listeners, worker_sessions_of(SERVICE), bus, stop).run()


def work_and_stand_still(address: Address, fenced: Any, lease: float) -> None:
    """Once, with records in hand and before anything is begun with them: until somebody sends SIGCONT."""
    bus = address.bus(worker_engine_of(SERVICE), lease)
    subscribe, stood_still = bus.subscribe, threading.Event()

    def subscribe_and_stand_still(group: str, topics: Sequence[str]) -> Any:
        member = subscribe(group, topics)
        poll, commit = member.poll, member.commit

        def poll_and_stand_still(at_most: int) -> list[Record]:
            if (records := poll(at_most)) and not stood_still.is_set():
                stood_still.set()
                signal.pthread_kill(
                    threading.get_ident(), signal.SIGSTOP
                )  # no other thread may take it, later
            return records

        def commit_and_say(*arguments: Any) -> None:
            try:
                commit(*arguments)
            except Fenced:
                fenced.set()
                raise

        member.poll, member.commit = poll_and_stand_still, commit_and_say
        return member

    bus.subscribe = subscribe_and_stand_still
    work_until_told_to_stop(bus, listeners_that_keep_order())


@contextmanager
def worker_process(address: Address, slow: float = 0.0, lease: float = LEASE) -> Iterator[Any]:
    """`process.handling` is set while it is in the middle of an event."""
    handling = SPAWN.Event()
    with a_process(work, address, handling, slow, lease) as process:
        process.handling = handling
        yield process


@contextmanager
def worker_ahead(address: Address, lease: float = LEASE) -> Iterator[Any]:
    with a_process(work_ahead, address, lease) as process:
        yield process


@contextmanager
def worker_that_stands_still(address: Address, lease: float = LEASE) -> Iterator[Any]:
    """`process.fenced` is set once a commit of its was refused."""
    fenced = SPAWN.Event()
    with a_process(work_and_stand_still, address, fenced, lease) as process:
        process.fenced = fenced
        yield process


@contextmanager
def a_process(work: Callable[..., None], *arguments: Any) -> Iterator[Any]:
    process = SPAWN.Process(target=work, args=arguments)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()
            process.join(STOP_SECONDS)


@contextmanager
def worker_thread(
    address: Address, lease: float = LEASE, bus: Any = None, listeners: Listeners | None = None
) -> Iterator[Worker]:
    """Its trouble is the test's."""
    bus = bus or address.bus(worker_engine_of(SERVICE), lease)
    listeners = listeners or listeners_that_keep_order()
    worker = Worker(listeners, worker_sessions_of(SERVICE), bus, threading.Event())
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:  # noqa: B036 (raised again where the test waits for it)
            trouble.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop.set()
        thread.join(STOP_SECONDS)
        if trouble:  # also when the test missed something because of it
            raise trouble[0]


class Books:
    """What was told, to be compared with what was handled: every run counts its rounds from zero."""

    def __init__(self, tenant: UUID, runs: int, sessions: sessionmaker | None = None) -> None:
        self.tenant, self.told = tenant, {uuid4(): 0 for _ in range(runs)}
        self.sessions = sessions or worker_sessions_of(SERVICE)
        self.engine = self.sessions.kw["bind"]

    def tell(self, rounds: int = 1) -> None:
        """A request: so many next rounds of every run, in one transaction."""
        with acting_for(self.tenant), self.sessions.begin() as session:
            put_in_outbox(session, self.next_rounds(rounds))

    def next_rounds(self, rounds: int) -> list[RoundStarted]:
        events = [
            RoundStarted(run_id=run, round=first + number)
            for number in range(rounds)
            for run, first in self.told.items()
        ]
        for run in self.told:
            self.told[run] += rounds
        return events

    @property
    def total(self) -> int:
        return sum(self.told.values())

    @property
    def handled(self) -> dict[UUID, int]:
        with acting_for(self.tenant), self.sessions() as session:
            rows = session.execute(select(Note.words, func.count()).group_by(Note.words)).all()
        return {UUID(words): count for words, count in rows}

    def balance(self) -> bool:
        """Everything handled once and in order: the listener refuses anything else."""
        return self.handled == self.told

    def dead_letters(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(dead_letter))

    def waiting(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM outbox"))
