"""What a service does when something happened elsewhere: the table of contents of its listeners.py."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.events import Envelope, Event, hearing
from shared.observability import tracing
from shared.tenancy import acting_for
from shared.tombstones import erased_among

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

    def reactions_to(self, envelope: Envelope) -> list[Reaction]:
        return self.reactions.get(type(envelope.event), [])

    def hear(self, envelope: Envelope, open_session: sessionmaker[Session]) -> None:
        """Handle one event, each reaction in a transaction of its own."""
        reactions = self.reactions_to(envelope)
        with open_session.kw["bind"].connect() as connection:
            erased = erased_among(connection, whom_they_concern([envelope], self))
        for reaction in passing_over(erased, reactions, envelope):
            with acting_for(reaction.tenant(envelope)), open_session.begin() as session:
                do_all([(reaction, envelope)], session)


def whom_they_concern(envelopes: Iterable[Envelope], listeners: Listeners) -> set[UUID]:
    """The organisations of which we have to know whether they are still there."""
    concerned = set[UUID]()
    for envelope in envelopes:
        for reaction in listeners.reactions_to(envelope):
            concerned |= reaction.concerns(envelope)
    return concerned


def passing_over(erased: set[UUID], reactions: list[Reaction], envelope: Envelope) -> list[Reaction]:
    """Nothing is done any more for or because of an organisation that was erased, except what erasing itself takes."""
    if not erased:
        return reactions
    return [
        reaction
        for reaction in reactions
        if reaction.of_the_erased or erased.isdisjoint(reaction.concerns(envelope))
    ]


def do_all(acts: Sequence[Act], session: Session) -> None:
    """Each unless this event has been acted on before; the marks commit together with what is done."""
    for reaction, envelope in not_yet_done(acts, session):
        act(reaction, envelope, session)


def act(reaction: Reaction, envelope: Envelope, session: Session) -> None:
    with hearing(envelope), tracing.reaction(session.info["service"], reaction.name, envelope):
        reaction.do(envelope.event, session)


def not_yet_done(acts: Sequence[Act], session: Session) -> list[Act]:
    """Mark in the inbox what is about to be done, all at once; without what was marked before, and each once."""
    fresh = {(reaction.name, envelope.id): (reaction, envelope) for reaction, envelope in acts}
    if fresh:
        columns = {"listeners": [name for name, _ in fresh], "ids": [id for _, id in fresh]}
        for name, id in session.execute(MARK, columns):
            del fresh[name, id]
    return list(fresh.values())


# What comes back is what was there before, so nearly always nothing: to bring every mark back costs as much again.
MARK = text("""
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:listeners AS text[]), CAST(:ids AS uuid[])) AS mark (listener, event_id)),
    marked AS (
        INSERT INTO inbox (listener, event_id) SELECT * FROM given ON CONFLICT DO NOTHING RETURNING listener, event_id)
    SELECT * FROM given EXCEPT SELECT * FROM marked""")
