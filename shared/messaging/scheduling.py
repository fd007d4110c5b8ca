"""Scheduling: timers are written in the transaction that asks for them, and the worker and live streams woken once it has committed."""

from datetime import datetime
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import delete, event, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_dirty

from shared.messaging.messaging_tables import timer
from shared.tenancy.sessions import tenant_of

_order = count()


class SetsTimers:
    """A thing for which the clock does something: the service's `when_due(name)` reaction runs once at or after the moment, also
    after downtime. Timers are written in the session's transaction, as events that are told."""

    timed_by: ClassVar[str] = "id"
    """The column by which the reaction is told which thing it is; `tenant_id` for a timer that an organisation has once."""

    def schedule(self, name: str, at: datetime) -> None:
        """Sets the thing's timer of this name, or moves it."""
        self._ask_for(name, at)

    def cancel(self, name: str) -> None:
        self._ask_for(name, None)

    def _ask_for(self, name: str, at: datetime | None) -> None:
        timers = self.__dict__.setdefault("_timers", {})
        timers.pop(name, None)
        timers[name] = (next(_order), at)
        flag_dirty(self)

    @property
    def timers(self) -> dict[str, datetime | None]:
        """Returns the timers asked for and not written yet: when each is due, None for one that is cancelled."""
        return {name: at for name, (_, at) in self.__dict__.get("_timers", {}).items()}


@event.listens_for(Session, "before_flush")
def write_the_timers(session: Session, flush_context, instances) -> None:
    """In one statement; of those about the same thing under the same name, the one that was asked for last."""
    things: list[Any] = [*session.new, *session.dirty, *session.deleted]
    asked: list[tuple[int, str, UUID, datetime | None]] = []
    for thing in things:
        if isinstance(thing, SetsTimers):
            timers = thing.__dict__.pop("_timers", {})
            about = timed_about(thing, session)
            asked += [(order, name, about, at) for name, (order, at) in timers.items()]
    if last := {(name, about): at for _, name, about, at in sorted(asked)}:
        session.connection().execute(
            SET_TIMERS,
            {
                "tenant": tenant_of(session),
                "service": session.info["service"],
                "names": [name for name, _ in last],
                "about": [about for _, about in last],
                "due": list(last.values()),
            },
        )


def timed_about(thing: SetsTimers, session: Session) -> UUID:
    """Returns what a thing's timers are about. Its row learns whose it is only when it is written, so the session says it."""
    return tenant_of(session) if thing.timed_by == "tenant_id" else getattr(thing, thing.timed_by)


SET_TIMERS = text("""
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:names AS text[]), CAST(:about AS uuid[]), CAST(:due AS timestamptz[]))
            WITH ORDINALITY AS timer (name, about, due_at, nr)),
    cancelled AS (
        DELETE FROM timer USING asked
        WHERE timer.tenant_id = :tenant AND asked.due_at IS NULL
            AND timer.name = asked.name AND timer.about = asked.about),
    scheduled AS (
        INSERT INTO timer (tenant_id, name, about, due_at)
        SELECT :tenant, name, about, due_at FROM asked WHERE due_at IS NOT NULL ORDER BY nr
        ON CONFLICT (tenant_id, name, about) DO UPDATE SET due_at = excluded.due_at, attempts = 0
        RETURNING due_at)
    SELECT pg_notify('timer', :service) WHERE EXISTS (SELECT FROM scheduled)""")


def schedule(session: Session, at: datetime, name: str, about: UUID) -> None:
    """Sets a timer, or moves it: the service's `when_due(name)` reaction runs once at or after `at`, also after downtime."""
    row = insert(timer).values(tenant_id=tenant_of(session), name=name, about=about, due_at=at)
    keys = [timer.c.tenant_id, timer.c.name, timer.c.about]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"due_at": at, "attempts": 0}))
    notify_worker(session)


def schedule_once(session: Session, at: datetime, name: str, about: UUID) -> None:
    """Sets a timer; one that is set stays as it is, and nobody waits at its row, however many ask at once."""
    row = insert(timer).values(tenant_id=tenant_of(session), name=name, about=about, due_at=at)
    if session.scalar(row.on_conflict_do_nothing().returning(timer.c.about)):
        notify_worker(session)


def cancel(session: Session, name: str, about: UUID) -> None:
    session.execute(delete(timer).filter_by(tenant_id=tenant_of(session), name=name, about=about))


def notify_worker(session: Session) -> None:
    """Wakes this service's worker once the transaction has committed: something is due, or a job has something to do."""
    session.execute(select(func.pg_notify("timer", session.info["service"])))


def notify_streams(session: Session, service: str, *about: UUID) -> None:
    """Wakes the live streams that follow these things, once the transaction has committed."""
    channels = [f"{tenant_of(session)}:{service}:{one}" for one in about]
    session.execute(WAKE, {"channels": channels})


WAKE = text("SELECT pg_notify('live', channel) FROM unnest(CAST(:channels AS text[])) AS channel")
