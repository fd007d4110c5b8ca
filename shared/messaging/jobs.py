"""Outbound jobs: timers whose work leads out into the world (somebody's endpoint) and may take its time.

A service registers them by `listeners.job`; they run in threads of their own, so that a slow world holds up neither relay nor
consumer, and each organisation has only some of them in flight, so that none holds up another. A job is taken by putting its
timer off for a lease; no transaction is open while it runs. Jobs of a killed process are run again when the lease ends: at least
once, so a job must bear repeating.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    case,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.consumer import AWAY, what_went_wrong
from shared.messaging.messaging_tables import timer
from shared.tenancy.sessions import acting_for

log = logging.getLogger(__name__)
AT_ONCE, OF_ONE_TENANT = 6, 2
LEASE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(minutes=5)
Job = Callable[[UUID], datetime | None]  # returns when to run again, None when there is nothing more to do
TimerKey = tuple[UUID, str, UUID]  # a timer's organisation, name and what it is about
KEY = (timer.c.tenant_id, timer.c.name, timer.c.about)


class JobRunner:
    """Runs the jobs of one service, by the names of their timers; the process may be killed at any moment."""

    def __init__(self, service: str, jobs: dict[str, Job], at_once: int = AT_ONCE):
        self.service, self.jobs, self.at_once = service, jobs, at_once
        self._in_flight: set[TimerKey] = set()
        self._lock = Lock()

    def start_due(self, open_session: sessionmaker[Session]) -> int:
        """Starts those that are due and may run now; returns how many."""
        engine: Engine = open_session.kw["bind"]
        taken = self._take(engine)
        for job in taken:
            self._threads.submit(self._run, job, engine)
        return len(taken)

    def run_what_is_due(self, open_session: sessionmaker[Session]) -> int:
        """Runs those that are due and may run now, one after the other; returns how many."""
        engine: Engine = open_session.kw["bind"]
        taken = self._take(engine)
        for job in taken:
            self._run(job, engine)
        return len(taken)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.at_once, f"{self.service} job")

    def _take(self, engine: Engine) -> list[Row]:
        """Takes those that may run now: each is put off for a lease, so that another process finds it not due."""
        with self._lock, engine.begin() as connection:
            chosen = self._chosen(connection)
            if not chosen:
                return []
            mine = update(timer).where(tuple_(*KEY).in_(chosen), timer.c.due_at <= func.now())
            leased = mine.values(due_at=func.now() + LEASE, attempts=timer.c.attempts + 1).returning(timer)
            taken = list(connection.execute(leased).all())
            self._in_flight |= {key_of(job) for job in taken}
            return taken

    def _chosen(self, connection: Connection) -> list[TimerKey]:
        """Chooses fairly: every organisation's first before anybody's second."""
        running = Counter(tenant for tenant, _, _ in self._in_flight)
        chosen: list[TimerKey] = []
        for job in connection.execute(due(self.jobs, self._in_flight)):
            if len(self._in_flight) + len(chosen) < self.at_once and running[job.tenant_id] < OF_ONE_TENANT:
                running[job.tenant_id] += 1
                chosen.append(key_of(job))
        return chosen

    def _run(self, job: Row, engine: Engine) -> None:
        try:
            self._settle(job, self._done(job), engine)
        except AWAY as error:  # it is run again when its lease ends
            log.warning("%s: job %s waits: %s", self.service, job.name, what_went_wrong(error))
            with suppress(*AWAY):  # while the database is away no other job can start either
                self._notify_others(engine)
        except Exception as error:
            log.error("%s: job %s failed: %s", self.service, job.name, what_went_wrong(error))
            put_off(job, engine)
            self._notify_others(engine)

    def _done(self, job: Row) -> datetime | None:
        try:
            with acting_for(job.tenant_id):
                return self.jobs[job.name](job.about)
        finally:
            with self._lock:
                self._in_flight.discard(key_of(job))

    def _settle(self, job: Row, come_back: datetime | None, engine: Engine) -> None:
        """Ends the job, or schedules it again. If it was rescheduled while running, which `attempts` tells, the earlier due time wins."""
        with engine.begin() as connection:
            if come_back is None:
                connection.execute(delete(timer).where(is_unchanged(job)))
            else:
                moment = case((is_unchanged(job), come_back), else_=func.least(timer.c.due_at, come_back))
                this = update(timer).where(tuple_(*KEY) == tuple_(*key_of(job)))
                connection.execute(this.values(due_at=moment, attempts=0))
            connection.execute(self._a_thread_is_free)

    def _notify_others(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(self._a_thread_is_free)

    @property
    def _a_thread_is_free(self) -> Select:
        """Notifies the worker, for jobs that had to wait for a thread."""
        return select(func.pg_notify("timer", self.service))


def put_off(job: Row, engine: Engine) -> None:
    pause = min(timedelta(seconds=2 ** min(job.attempts, 20)), LONGEST_PAUSE)
    with engine.begin() as connection:
        connection.execute(update(timer).where(is_unchanged(job)).values(due_at=func.now() + pause))


def due(names: Iterable[str], running: Iterable[TimerKey]) -> Select:
    """Selects the jobs that are due and not in flight, every organisation's first ones first."""
    nth = func.row_number().over(partition_by=timer.c.tenant_id, order_by=timer.c.due_at)
    ours = [timer.c.name.in_(list(names)), timer.c.due_at <= func.now(), tuple_(*KEY).not_in(list(running))]
    ranked = select(*KEY, timer.c.due_at, nth.label("nth")).where(*ours).subquery()
    first = select(ranked).where(ranked.c.nth <= OF_ONE_TENANT)
    return first.order_by(ranked.c.nth, ranked.c.due_at).limit(100)


def is_unchanged(job: Row) -> ColumnElement[bool]:
    """True while nobody has rescheduled it since it was taken."""
    unchanged = (timer.c.due_at == job.due_at) & (timer.c.attempts == job.attempts)
    return (tuple_(*KEY) == tuple_(*key_of(job))) & unchanged


def key_of(job: Row) -> TimerKey:
    return job.tenant_id, job.name, job.about
