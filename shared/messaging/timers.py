"""Alarms: what a service has to do at a moment, done once, also when the moment passed while everything was down."""

import logging
import math
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, text, update
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.consumer import AWAY, what_went_wrong
from shared.messaging.listeners import Listeners
from shared.messaging.messaging_tables import alarm
from shared.tenancy.sessions import acting_for

log = logging.getLogger(__name__)
AT_MOST, LONGEST_PAUSE = 100, timedelta(minutes=5)
DUE = text("SELECT * FROM alarm WHERE name = ANY(:names) AND due_at <= now() ORDER BY due_at LIMIT :at_most")
NEXT = text("SELECT extract(epoch FROM min(due_at) - now())::float8 FROM alarm WHERE due_at > now()")


def ring_what_is_due(listeners: Listeners, open_session: sessionmaker[Session]) -> int:
    """Run the reactions of all alarms that are due; how many rang."""
    with open_session.kw["bind"].connect() as connection:
        due = what_is_due(listeners, connection)
    return ring_all(due, listeners, open_session)


def what_is_due(listeners: Listeners, connection: Connection) -> Sequence[Row]:
    given = {
        "names": list(listeners.alarms),
        "at_most": AT_MOST,
    }  # the others are errands (shared/messaging/jobs.py)
    return connection.execute(DUE, given).all()


def seconds_to_the_next(connection: Connection) -> float:
    """Returns how long it is until the next alarm of this service is due, an errand's too, by the database's clock. Ask
    before what is due is asked for: what falls due between the two is then found, and the other way round it is missed."""
    seconds = connection.scalar(NEXT)
    return math.inf if seconds is None else seconds


def ring_all(due: Sequence[Row], listeners: Listeners, open_session: sessionmaker[Session]) -> int:
    return sum(ring_one(row, listeners, open_session) for row in due)


def ring_one(row: Row, listeners: Listeners, open_session: sessionmaker[Session]) -> bool:
    with acting_for(row.tenant_id):
        try:
            return carry_out(listeners.alarms[row.name], row, open_session)
        except AWAY:
            raise
        except Exception as error:
            log.error("%s: alarm %s failed: %s", listeners.service, row.name, what_went_wrong(error))
            put_off(row, open_session)
            return False


def carry_out(do: Callable[[UUID, Session], None], row: Row, open_session: sessionmaker[Session]) -> bool:
    """Take the alarm and act in one transaction: whoever comes second finds it gone, or moved."""
    with open_session.begin() as session:
        mine = delete(alarm).filter_by(tenant_id=row.tenant_id, name=row.name, about=row.about)
        taken = session.scalar(mine.where(alarm.c.due_at <= func.now()).returning(alarm.c.about))
        if taken is not None:
            do(row.about, session)
        return taken is not None


def put_off(row: Row, open_session: sessionmaker[Session]) -> None:
    pause = min(timedelta(seconds=2 ** min(row.attempts, 20)), LONGEST_PAUSE)
    later = update(alarm).filter_by(
        tenant_id=row.tenant_id, name=row.name, about=row.about, due_at=row.due_at
    )
    with open_session.kw["bind"].begin() as connection:
        connection.execute(later.values(due_at=func.now() + pause, attempts=row.attempts + 1))
