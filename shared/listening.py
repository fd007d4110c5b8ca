"""What a service does when something happened elsewhere: the table of contents of its listeners.py."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from shared.events import Envelope, Event, hearing
from shared.tenancy import acting_for

Door = Callable[[Any], UUID]
Mark = tuple[str, UUID]  # the name of a reaction, the id of an event
Errand = Callable[[sessionmaker[Session]], int]


@dataclass(frozen=True)
class Reaction:
    """One thing we do about one kind of event."""

    do: Callable[[Any, Session], None]
    door: Door | None = None  # for whom we act, when it is not the organisation that the event belongs to

    @property
    def name(self) -> str:
        return self.do.__name__

    def tenant(self, envelope: Envelope) -> UUID:
        return self.door(envelope.event) if self.door else envelope.tenant


class Listeners:
    """The reactions of one service."""

    def __init__(self, service: str):
        self.service = service
        self.reactions: dict[type[Event], list[Reaction]] = defaultdict(list)
        self.alarms: dict[str, Callable[[UUID, Session], None]] = {}
        self.errands: list[Errand] = []

    def on(self, *events: type[Event], door: Door | None = None):
        def register(do):
            for event in events:
                self.reactions[event].append(Reaction(do, door))
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
        for reaction in self.reactions_to(envelope):
            with acting_for(reaction.tenant(envelope)), open_session.begin() as session:
                react(reaction, envelope, session)


def react(reaction: Reaction, envelope: Envelope, session: Session) -> None:
    """Do it unless this event has been acted on before; the mark commits together with the act."""
    if first_times(session, [(reaction.name, envelope.id)]):
        act(reaction, envelope, session)


def act(reaction: Reaction, envelope: Envelope, session: Session) -> None:
    with hearing(envelope):
        reaction.do(envelope.event, session)


def first_times(session: Session, marks: Sequence[Mark]) -> set[Mark]:
    """Mark in the inbox what is about to be done, all at once; what was marked before is not in the answer."""
    if not marks:
        return set()
    columns = {"listeners": [listener for listener, _ in marks], "ids": [id for _, id in marks]}
    return {(row.listener, row.event_id) for row in session.execute(MARK, columns)}


# What comes back is what was inserted: `rowcount` after ON CONFLICT DO NOTHING does not say which.
MARK = text("""
    INSERT INTO inbox (event_id, listener)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:listeners AS text[]))
    ON CONFLICT DO NOTHING RETURNING listener, event_id""")
