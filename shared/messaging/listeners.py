"""What a service does when something happened elsewhere: the table of contents of its listeners.py."""

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

Door = Callable[[Any], UUID]
Errand = Callable[[sessionmaker[Session]], int]


@dataclass(frozen=True)
class Reaction:
    """One thing we do about one kind of event."""

    do: Callable[[Any, Session], None]
    door: Door | None = None  # for whom we act, when it is not the organisation that the event belongs to
    of_the_erased: bool = False  # also when that organisation has been forgotten here

    @property
    def name(self) -> str:
        return self.do.__name__

    def tenant(self, envelope: Envelope) -> UUID:
        return self.door(envelope.event) if self.door else envelope.tenant

    def concerns(self, envelope: Envelope) -> set[UUID]:
        """Whose event it is, and for whom we act."""
        return {envelope.tenant, self.tenant(envelope)}


Act = tuple[Reaction, Envelope]


class Listeners:
    """The reactions of one service."""

    def __init__(self, service: str):
        self.service = service
        self.reactions: dict[type[Event], list[Reaction]] = defaultdict(list)
        self.alarms: dict[str, Callable[[UUID, Session], None]] = {}
        self.errands: list[Errand] = []

    def on(self, *events: type[Event], door: Door | None = None, of_the_erased: bool = False):
        def register(do):
            for event in events:
                if do.__name__ in {reaction.name for reaction in self.reactions[event]}:
                    raise TypeError(
                        f"{do.__name__} reacts to {event.__name__} already: the inbox knows one of a name."
                    )
                self.reactions[event].append(Reaction(do, door, of_the_erased))
            return do

        return register

    def when_due(self, name: str):
        def register(do):
            self.alarms[name] = do
            return do

        return register

    def errand(self, run: Errand) -> Errand:
        """Work towards the outside world that must hold up neither listeners nor relay: it runs in a thread of its own
        whenever the service is roused (shared.database.rouse), says how much it did, and keeps its state in tables."""
        self.errands.append(run)
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
        """Handle one event, each reaction in a transaction of its own; how many ran."""
        ran = 0
        for reaction in self.reactions_to(envelope):
            with acting_for(reaction.tenant(envelope)), open_session.begin() as session:
                ran += do_all([(reaction, envelope)], session)
        return ran


class LettersWait(Exception):
    """Letters of a key among these events wait: they are handled one by one, and some laid behind them."""


def do_all(acts: Sequence[Act], session: Session, keys: Collection[str] = ()) -> int:
    """Each unless this event has been acted on before; the marks commit together with what is done; how many ran. Raises
    LettersWait before anything is done, when there are letters of one of these keys."""
    service, waiting = session.info["service"], still_to_do(acts, session, keys)
    for reaction, envelope in waiting:
        with hearing(envelope), tracing.reaction(service, reaction.name, envelope):
            reaction.do(envelope.event, session)
    return len(waiting)


Fresh = dict[tuple[str, UUID], Act]


def still_to_do(acts: Sequence[Act], session: Session, keys: Collection[str]) -> list[Act]:
    """Mark in the inbox what is about to be done, all at once, and look up in the same statement what has to be known
    before: nothing is done any more for or because of an organisation that was erased."""
    fresh = by_mark(acts)
    if not fresh:
        return []
    tenants = {tenant_of(session), *(envelope.tenant for _, envelope in acts)}
    asked = {"marks": as_json(fresh), "tenants": list(tenants), "keys": list(keys)}
    known = session.execute(MARK_AND_LOOK, asked).all()
    if any(row.key is not None for row in known):
        raise LettersWait
    for row in known:
        fresh.pop((row.listener, row.event_id), None)
    metrics.came_again(session.info["service"], len(acts) - len(fresh))
    return without({row.tenant_id for row in known}, fresh)


def without(erased: set[UUID], fresh: Fresh) -> list[Act]:
    """What erasing itself takes is done all the same."""
    return [
        (reaction, envelope)
        for reaction, envelope in fresh.values()
        if not erased or reaction.of_the_erased or erased.isdisjoint(reaction.concerns(envelope))
    ]


def not_yet_done(acts: Sequence[Act], session: Session) -> list[Act]:
    """Mark them in the inbox and nothing else; without what was marked before, and each once."""
    fresh = by_mark(acts)
    for name, id in session.execute(MARK, {"marks": as_json(fresh)}) if fresh else ():
        del fresh[name, id]
    return list(fresh.values())


def by_mark(acts: Sequence[Act]) -> Fresh:
    return {(reaction.name, envelope.id): (reaction, envelope) for reaction, envelope in acts}


def as_json(fresh: Fresh) -> str:
    """The ids by listener: written in one go, where an array of each would be looked through for quotation marks."""
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
MARK_AND_LOOK = text(f"""{MARKS}
    SELECT listener, event_id, NULL::uuid AS tenant_id, NULL::text AS key FROM known
    UNION ALL SELECT NULL, NULL, tenant_id, NULL FROM erased_tenant WHERE tenant_id = ANY(CAST(:tenants AS uuid[]))
    UNION ALL SELECT NULL, NULL, NULL, key FROM dead_letter WHERE key = ANY(CAST(:keys AS text[]))""")
