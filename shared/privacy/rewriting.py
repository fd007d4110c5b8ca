"""Writes tables anew in the night after a key died, so that neither the order of their rows nor the numbers of the transactions
that wrote them tell what came with what.

A DELETE leaves the row in its page and an UPDATE the one before it; VACUUM keeps transaction numbers. So the rows go into a new
file in random order, in one transaction, and the log that described the old ones is ended.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.languages import ZONE
from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import schedule, schedule_once
from shared.privacy.unowned_keys import look_for_unowned_keys

AT_NIGHT = time(3, 30)
AGAIN, CHECKPOINT_AFTER = timedelta(minutes=10), timedelta(minutes=1)
TIMER, LOG_TIMER = "tables_are_written_anew", "the_log_before_is_ended"
# One writing is for all organisations that asked for it until now; what another process is at is left to it
DONE = text("""
    DELETE FROM timer WHERE ctid IN (
        SELECT ctid FROM timer WHERE name = :name AND due_at <= now() FOR UPDATE SKIP LOCKED)""")


def write_anew(session: Session, *nouns: Any) -> bool:
    """Writes the tables of these classes anew, of all organisations, when the session commits; a worker's session. Tables that
    point to each other are named together, those that are pointed to first. Returns False, and has done nothing, while a
    backup needs them as they stand; raises when somebody holds one of them for over five seconds."""
    session.flush()
    names = [noun.__table__.name for noun in nouns]
    return bool(session.scalar(text("SELECT bus.write_anew(:names)"), {"names": names}))


def tonight() -> datetime:
    """Returns the next half past three in the night, in Helsinki."""
    now = datetime.now(ZONE)
    today = datetime.combine(now.date(), AT_NIGHT, ZONE)
    return (
        today if now < today else datetime.combine(now.date() + timedelta(days=1), AT_NIGHT, ZONE)
    ).astimezone(UTC)


def ask_to_write_anew(session: Session, about: UUID) -> None:
    """Has the service's tables written anew tonight: something about this run, or organisation, was let go."""
    schedule(session, tonight(), TIMER, about)
    look_for_unowned_keys(session)


def write_anew_tonight(session: Session, about: UUID) -> None:
    """Has a table written anew where nothing was let go, and rows shall not stay in the order in which they came. Called after the row was written,
    and so its table locked: who writes while it is written anew asks for the night after."""
    session.flush()
    schedule_once(session, tonight(), TIMER, about)


def written_anew_at_night(listeners: Listeners, *nouns: Any) -> None:
    """Declares which tables of a service are written anew when that was asked for."""

    @listeners.when_due(TIMER)
    def write_the_tables_anew(about: UUID, session: Session) -> None:
        if write_anew(session, *nouns):
            session.execute(DONE, {"name": TIMER})
            schedule(session, datetime.now(UTC) + CHECKPOINT_AFTER, LOG_TIMER, about)
        else:
            schedule(session, datetime.now(UTC) + AGAIN, TIMER, about)

    @listeners.when_due(LOG_TIMER)
    def end_the_log_before(about: UUID, session: Session) -> None:
        session.execute(text("SELECT bus.end_the_log()"))
