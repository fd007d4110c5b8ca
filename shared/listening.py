"""What a service does when something happened elsewhere: the table of contents of its listeners.py."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from shared.events import Envelope, Event, hearing
from shared.mechanisms import inbox
from shared.tenancy import acting_for

Door = Callable[[Any], UUID]


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
    with hearing(envelope):
        if first_time(session, reaction.name, envelope):
            reaction.do(envelope.event, session)


def first_time(session: Session, listener: str, envelope: Envelope) -> bool:
    mark = insert(inbox).values(listener=listener, event_id=envelope.id)
    return session.scalar(mark.on_conflict_do_nothing().returning(inbox.c.event_id)) is not None
