"""Listeners: what a service does when something happened elsewhere, and when a timer is due."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.messaging.events import Envelope, Event, hearing
from shared.telemetry import metrics, tracing
from shared.tenancy.sessions import acting_for, tenant_of

ActsFor = Callable[[Any], UUID]
RunsJobs = Callable[[sessionmaker[Session]], int]


@dataclass(frozen=True)
class Reaction:
    """One listener of one kind of event."""

    do: Callable[[Any, Session], None]
    name: str  # by which the inbox knows it
    acts_for: ActsFor | None = None  # another organisation than that of the event
    of_the_erased: bool = False  # also when that organisation has been forgotten here

    def tenant(self, envelope: Envelope) -> UUID:
        return self.acts_for(envelope.event) if self.acts_for else envelope.tenant

    def concerns(self, envelope: Envelope) -> set[UUID]:
        """Returns whose event it is, and for whom we act."""
        return {envelope.tenant, self.tenant(envelope)}


Act = tuple[Reaction, Envelope]


class Listeners:
    """The listeners, timers and jobs of one service."""

    def __init__(self, service: str):
        self.service = service
        self.reactions: dict[type[Event], list[Reaction]] = defaultdict(list)
        self.timers: dict[str, Callable[[UUID, Session], None]] = {}
        self.jobs: list[RunsJobs] = []

    def on(
        self,
        *events: type[Event],
        name: str | None = None,
        acts_for: ActsFor | None = None,
        of_the_erased: bool = False,
    ):
        """Registers a listener of these events. The inbox knows it by the name of the function: one that is renamed keeps the old one by
        `name`, or events that come again would be handled twice."""

        def register(do):
            known_as = name or do.__name__
            for event in events:
                if known_as in {reaction.name for reaction in self.reactions[event]}:
                    raise TypeError(
                        f"{known_as} reacts to {event.__name__} already: the inbox knows one of a name."
                    )
                self.reactions[event].append(Reaction(do, known_as, acts_for, of_the_erased))
            return do

        return register

    def when_due(self, name: str):
        def register(do):
            self.timers[name] = do
            return do

        return register

    def job(self, run: RunsJobs) -> RunsJobs:
        """Registers work towards the outside world that must hold up neither consumer nor relay: it runs in a thread of its own whenever
        the worker is notified, returns how much it did, and keeps its state in tables (shared/messaging/jobs.py)."""
        self.jobs.append(run)
        return run

    @property
    def topics(self) -> list[str]:
        return sorted({event.topic for event in self.reactions})

    @property
    def types(self) -> set[str]:
        return {event.type for event in self.reactions}

    def acts_on(self, envelope: Envelope) -> list[Act]:
        return [(reaction, envelope) for reaction in self.reactions_to(envelope)]

    def reactions_to(self, envelope: Envelope) -> list[Reaction]:
        return self.reactions.get(type(envelope.event), [])

    def hear(self, envelope: Envelope, open_session: sessionmaker[Session]) -> int:
        """Handles one event, each reaction in a transaction of its own; returns how many ran."""
        ran = 0
        for reaction in self.reactions_to(envelope):
            with acting_for(reaction.tenant(envelope)), open_session.begin() as session:
                ran += do_all([(reaction, envelope)], session)
        return ran


class DeadLettersWait(Exception):
    """Dead letters of a key among these events wait: the events are handled one by one, and some parked behind them."""


def do_all(acts: Sequence[Act], session: Session, keys: Collection[str] = ()) -> int:
    """Does each unless it was done about this event before; the inbox rows commit together with the effects. Returns how many ran;
    raises DeadLettersWait before anything is done, when there are dead letters of one of these keys."""
    service, waiting = session.info["service"], still_to_do(acts, session, keys)
    for reaction, envelope in waiting:
        with hearing(envelope), tracing.reaction(service, reaction.name, envelope):
            reaction.do(envelope.event, session)
    return len(waiting)


Fresh = dict[tuple[str, UUID], Act]


def still_to_do(acts: Sequence[Act], session: Session, keys: Collection[str]) -> list[Act]:
    """Writes into the inbox what is about to be done, all at once, and returns what was not there yet. The same statement finds out what
    has to be known before: nothing is done any more for or because of an organisation that was erased."""
    fresh = by_mark(acts)
    if not fresh:
        return []
    tenants = {tenant_of(session), *(envelope.tenant for _, envelope in acts)}
    params = {"marks": as_json(fresh), "tenants": list(tenants), "keys": list(keys)}
    known = session.execute(MARK_AND_CHECK, params).all()
    if any(row.key is not None for row in known):
        raise DeadLettersWait
    for row in known:
        fresh.pop((row.listener, row.event_id), None)
    metrics.came_again(session.info["service"], len(acts) - len(fresh))
    return without({row.tenant_id for row in known}, fresh)


def without(erased: set[UUID], fresh: Fresh) -> list[Act]:
    """Leaves out what concerns erased organisations, except what erasing itself takes."""
    return [
        (reaction, envelope)
        for reaction, envelope in fresh.values()
        if not erased or reaction.of_the_erased or erased.isdisjoint(reaction.concerns(envelope))
    ]


def not_yet_done(acts: Sequence[Act], session: Session) -> list[Act]:
    """Writes them into the inbox and nothing else; returns what was not there before, each once."""
    fresh = by_mark(acts)
    for name, id in session.execute(MARK, {"marks": as_json(fresh)}) if fresh else ():
        del fresh[name, id]
    return list(fresh.values())


def by_mark(acts: Sequence[Act]) -> Fresh:
    return {(reaction.name, envelope.id): (reaction, envelope) for reaction, envelope in acts}


def as_json(fresh: Fresh) -> str:
    """Returns the ids by listener, as one JSON text: psycopg would look through an array of each for quotation marks."""
    marks = defaultdict[str, list[UUID]](list)
    for name, id in fresh:
        marks[name].append(id)
    return msgspec.json.encode(marks).decode()


# What comes back is what was there before, so nearly always nothing: to bring every mark back costs as much again.
MARKS = """
    WITH given AS MATERIALIZED (
        SELECT listener, CAST(id AS uuid) AS event_id
        FROM json_each(CAST(:marks AS json)) AS mark (listener, ids), json_array_elements_text(ids) AS id),
    marked AS (
        INSERT INTO inbox (listener, event_id) SELECT * FROM given ON CONFLICT DO NOTHING RETURNING listener, event_id),
    known AS (SELECT * FROM given EXCEPT SELECT * FROM marked)"""
MARK = text(f"{MARKS} SELECT listener, event_id FROM known")
MARK_AND_CHECK = text(f"""{MARKS}
    SELECT listener, event_id, NULL::uuid AS tenant_id, NULL::text AS key FROM known
    UNION ALL SELECT NULL, NULL, tenant_id, NULL FROM erased_tenant WHERE tenant_id = ANY(CAST(:tenants AS uuid[]))
    UNION ALL SELECT NULL, NULL, NULL, key FROM dead_letter WHERE key = ANY(CAST(:keys AS text[]))""")
