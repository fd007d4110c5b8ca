"""Timers: what a service does at a moment, once, also when the moment passed while everything was down."""

import logging
import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, text, update
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.consumer import AWAY, what_went_wrong
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import timer
from shared.tenancy.sessions import acting_for

log = logging.getLogger(__name__)
AT_MOST, LONGEST_PAUSE = 100, timedelta(minutes=5)
DUE = text("SELECT * FROM timer WHERE name = ANY(:names) AND due_at <= now() ORDER BY due_at LIMIT :at_most")
NEXT = text("SELECT extract(epoch FROM min(due_at) - now())::float8 FROM timer WHERE due_at > now()")


def run_due_timers(listeners: Listeners, open_session: sessionmaker[Session]) -> int:
    """Runs the reactions of all timers that are due; returns how many ran."""
    with open_session.kw["bind"].connect() as connection:
        due = due_timers(listeners, connection)
    return run_all(due, listeners, open_session)


def due_timers(listeners: Listeners, connection: Connection) -> Sequence[Row]:
    """Returns the timers of this service that are due; those of its jobs (shared/messaging/jobs.py) are not among them."""
    params = {"names": list(listeners.timers), "at_most": AT_MOST}
    return connection.execute(DUE, params).all()


def seconds_to_the_next(connection: Connection) -> float:
    """Returns how long it is until the next timer of this service is due, a job's too, by the database's clock. Ask before asking what
    is due: what falls due between the two is then found, and the other way round it is missed."""
    seconds = connection.scalar(NEXT)
    return math.inf if seconds is None else seconds


def run_all(due: Sequence[Row], listeners: Listeners, open_session: sessionmaker[Session]) -> int:
    return sum(run_one(row, listeners, open_session) for row in due)


def run_one(row: Row, listeners: Listeners, open_session: sessionmaker[Session]) -> bool:
    """Runs one timer; returns False where it failed and was put off, or somebody else ran it."""
    with acting_for(row.tenant_id):
        try:
            return take_and_do(listeners.timers[row.name], row, open_session)
        except AWAY:
            raise
        except Exception as error:
            log.error("%s: timer %s failed: %s", listeners.service, row.name, what_went_wrong(error))
            put_off(row, open_session)
            return False


def take_and_do(do: Callable[[UUID, Session], None], row: Row, open_session: sessionmaker[Session]) -> bool:
    """Takes the timer and acts in one transaction: whoever comes second finds it gone, or moved."""
    with open_session.begin() as session:
        mine = delete(timer).filter_by(tenant_id=row.tenant_id, name=row.name, about=row.about)
        taken = session.scalar(mine.where(timer.c.due_at <= func.now()).returning(timer.c.about))
        if taken is not None:
            do(row.about, session)
        return taken is not None


def put_off(row: Row, open_session: sessionmaker[Session]) -> None:
    pause = min(timedelta(seconds=2 ** min(row.attempts, 20)), LONGEST_PAUSE)
    later = update(timer).filter_by(
        tenant_id=row.tenant_id, name=row.name, about=row.about, due_at=row.due_at
    )
    with open_session.kw["bind"].begin() as connection:
        connection.execute(later.values(due_at=func.now() + pause, attempts=row.attempts + 1))
