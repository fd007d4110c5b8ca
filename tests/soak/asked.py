"""What the log asks of everybody who listens: to act once on each event, and to give up what nobody can read."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from shared.messaging.bus import Record
from shared.messaging.events import Envelope
from shared.messaging.listeners import Listeners, Reaction
from tests.soak.inside import Inside, opened

Position = tuple[str, int, int]


class Due(NamedTuple):
    """One reaction to one event, and the two organisations it concerns."""

    listener: str
    event_id: UUID
    topic: str
    key: str
    belongs_to: UUID
    acts_for: UUID


class Asked:
    """Of one consumer: `due` in the order of first telling, an event that comes again asks for nothing more."""

    def __init__(self, listeners: Listeners):
        self.listeners, self.topics, self.types = listeners, set(listeners.topics), listeners.types
        self.due: dict[tuple[str, UUID], Due] = {}
        self.unreadable: set[Position] = set()

    def find(self, record: Record, envelope: Envelope | None) -> None:
        """Without a type it is everybody's business who reads the topic, as shared/messaging/consumer.py has it."""
        kind = record.headers.get("ce_type")
        if record.topic not in self.topics or (kind and kind not in self.types):
            return
        if envelope is None:
            self.unreadable.add((record.topic, record.partition, record.position))
            return
        for reaction in self.listeners.reactions_to(envelope):
            self.due.setdefault((reaction.name, envelope.id), due(reaction, record, envelope))


def due(reaction: Reaction, record: Record, envelope: Envelope) -> Due:
    whose = {"belongs_to": envelope.tenant, "acts_for": reaction.tenant(envelope)}
    return Due(reaction.name, envelope.id, record.topic, record.key, **whose)


def asked_of(inside: Inside, services: Collection[str]) -> dict[str, Asked]:
    """By every record of every topic."""
    asked = {service: Asked(inside.listeners(service)) for service in services}
    for record in inside.every_record():
        envelope = opened(record)
        for one in asked.values():
            one.find(record, envelope)
    return asked
