"""A worker is killed in the middle of its work, three times: nothing is lost, and nothing done twice."""

import multiprocessing
import os
import signal
import threading
import time
from uuid import uuid4

from shared.contracts.workshop import RoundStarted
from shared.database import worker_engine_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.listeners import Listeners
from shared.messaging.worker import Worker
from tests.shared.conftest import SERVICE, Note
from tests.shared.test_consumer import at_work, count, tell, written
from tests.waiting import until


def work_until_killed(ready):
    """A worker process of its own, which the test kills while it works."""
    worker_engine_of.cache_clear()
    from tests.shared.conftest import worker_sessions_of

    worker_sessions_of.cache_clear()
    listeners = Listeners(SERVICE)

    @listeners.on(RoundStarted)
    def write_the_round_down(started, session):
        session.add(Note(words=str(started.round)))
        session.flush()
        ready.set()
        time.sleep(0.002)  # a slow handler, so that the kill falls into a transaction

    open_session = worker_sessions_of(SERVICE)
    Worker(
        listeners, open_session, PostgresEventBus(worker_engine_of(SERVICE), lease=1.0), threading.Event()
    ).run()


def test_a_killed_worker_loses_nothing_and_does_nothing_twice(notes, bus, engine, avi):
    tell(bus, *[RoundStarted(run_id=uuid4(), round=number) for number in range(600)])
    spawn = multiprocessing.get_context("spawn")
    for _ in range(3):
        ready = spawn.Event()
        worker = spawn.Process(target=work_until_killed, args=(ready,))
        worker.start()
        assert ready.wait(60)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join(20)
    with at_work(
        Worker(listeners_that_write(), notes, PostgresEventBus(engine, lease=1.0), threading.Event())
    ):
        until(lambda: count(notes, avi) == 600)
    assert written(notes) == list(range(600))


def listeners_that_write():
    listeners = Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: session.add(Note(words=str(started.round))))
    listeners.reactions[RoundStarted][0].do.__name__ = "write_the_round_down"
    return listeners
