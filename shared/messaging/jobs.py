"""Errands with a moment: alarms whose deed leads out into the world (somebody's endpoint) and may take its time.

A service registers them by `listeners.errand`; they go out in threads of their own, so that a slow world holds up
neither relay nor listeners, and each organisation has only some of them out at a time, so that none holds up another.
An errand is taken by putting its alarm off for a lease; no transaction is open while it is out. Those of a killed
process are run again when the lease ends: at least once, so what an errand does must bear repeating.
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
from shared.messaging.messaging_tables import alarm
from shared.tenancy.sessions import acting_for

log = logging.getLogger(__name__)
AT_ONCE, OF_ONE_TENANT = 6, 2
LEASE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(minutes=5)
Deed = Callable[[UUID], datetime | None]  # when to come back, None when there is nothing more to do
Place = tuple[UUID, str, UUID]  # an alarm's organisation, name and what it is about
KEY = (alarm.c.tenant_id, alarm.c.name, alarm.c.about)


class Errands:
    """The errands of one service, by the names of their alarms; the process may be killed at any moment."""

    def __init__(self, service: str, deeds: dict[str, Deed], at_once: int = AT_ONCE):
        self.service, self.deeds, self.at_once = service, deeds, at_once
        self._out: set[Place] = set()
        self._lock = Lock()

    def send_out(self, open_session: sessionmaker[Session]) -> int:
        """Let those that are due and may go now begin; how many."""
        engine: Engine = open_session.kw["bind"]
        taken = self._take(engine)
        for errand in taken:
            self._threads.submit(self._run, errand, engine)
        return len(taken)

    def run_what_is_due(self, open_session: sessionmaker[Session]) -> int:
        """The same, one after the other and waited for."""
        engine: Engine = open_session.kw["bind"]
        taken = self._take(engine)
        for errand in taken:
            self._run(errand, engine)
        return len(taken)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.at_once, f"{self.service} errand")

    def _take(self, engine: Engine) -> list[Row]:
        """Each is put off for a lease: another process finds it not due."""
        with self._lock, engine.begin() as connection:
            chosen = self._chosen(connection)
            if not chosen:
                return []
            mine = update(alarm).where(tuple_(*KEY).in_(chosen), alarm.c.due_at <= func.now())
            leased = mine.values(due_at=func.now() + LEASE, attempts=alarm.c.attempts + 1).returning(alarm)
            taken = list(connection.execute(leased).all())
            self._out |= {place_of(errand) for errand in taken}
            return taken

    def _chosen(self, connection: Connection) -> list[Place]:
        """Fairly: every organisation's first before anybody's second."""
        out = Counter(tenant for tenant, _, _ in self._out)
        chosen: list[Place] = []
        for errand in connection.execute(due(self.deeds, self._out)):
            if len(self._out) + len(chosen) < self.at_once and out[errand.tenant_id] < OF_ONE_TENANT:
                out[errand.tenant_id] += 1
                chosen.append(place_of(errand))
        return chosen

    def _run(self, errand: Row, engine: Engine) -> None:
        try:
            self._settle(errand, self._done(errand), engine)
        except AWAY as error:  # it is run again when its lease ends
            log.warning("%s: errand %s waits: %s", self.service, errand.name, what_went_wrong(error))
            with suppress(*AWAY):  # while the database is away nobody can begin either
                self._rouse_others(engine)
        except Exception as error:
            log.error("%s: errand %s failed: %s", self.service, errand.name, what_went_wrong(error))
            put_off(errand, engine)
            self._rouse_others(engine)

    def _done(self, errand: Row) -> datetime | None:
        try:
            with acting_for(errand.tenant_id):
                return self.deeds[errand.name](errand.about)
        finally:
            with self._lock:
                self._out.discard(place_of(errand))

    def _settle(self, errand: Row, come_back: datetime | None, engine: Engine) -> None:
        """Whoever rang it again meanwhile is not forgotten: `attempts` tells, and the earlier moment holds."""
        with engine.begin() as connection:
            if come_back is None:
                connection.execute(delete(alarm).where(is_still(errand)))
            else:
                moment = case((is_still(errand), come_back), else_=func.least(alarm.c.due_at, come_back))
                this = update(alarm).where(tuple_(*KEY) == tuple_(*place_of(errand)))
                connection.execute(this.values(due_at=moment, attempts=0))
            connection.execute(self._a_thread_is_free)

    def _rouse_others(self, engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(self._a_thread_is_free)

    @property
    def _a_thread_is_free(self) -> Select:
        """Rouses those whose turn could not come yet."""
        return select(func.pg_notify("alarm", self.service))


def put_off(errand: Row, engine: Engine) -> None:
    pause = min(timedelta(seconds=2 ** min(errand.attempts, 20)), LONGEST_PAUSE)
    with engine.begin() as connection:
        connection.execute(update(alarm).where(is_still(errand)).values(due_at=func.now() + pause))


def due(names: Iterable[str], out: Iterable[Place]) -> Select:
    """The errands whose moment has come and that are not out already, everybody's first ones first."""
    nth = func.row_number().over(partition_by=alarm.c.tenant_id, order_by=alarm.c.due_at)
    ours = [alarm.c.name.in_(list(names)), alarm.c.due_at <= func.now(), tuple_(*KEY).not_in(list(out))]
    ranked = select(*KEY, alarm.c.due_at, nth.label("nth")).where(*ours).subquery()
    first = select(ranked).where(ranked.c.nth <= OF_ONE_TENANT)
    return first.order_by(ranked.c.nth, ranked.c.due_at).limit(100)


def is_still(errand: Row) -> ColumnElement[bool]:
    """Nobody has rung it again since it was taken."""
    unchanged = (alarm.c.due_at == errand.due_at) & (alarm.c.attempts == errand.attempts)
    return (tuple_(*KEY) == tuple_(*place_of(errand))) & unchanged


def place_of(errand: Row) -> Place:
    return errand.tenant_id, errand.name, errand.about
