"""Which tables of a service are fed by events alone, and by which of its reactions: those can be built anew at any time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from shared.messaging.events import Envelope
from shared.messaging.listeners import Listeners, Reaction


@dataclass(frozen=True)
class ReadModels:
    """`fed_by`: the reactions that write to these tables, all of the service's when not given; they must neither tell
    nor schedule. `volatile`: columns by table that may differ from one building to the next, like a moment of insertion."""

    listeners: Listeners
    tables: Sequence[str]
    fed_by: Collection[Callable] | None = None
    volatile: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def topics(self) -> list[str]:
        fed = self.listeners.reactions.items()
        return sorted({event.topic for event, all in fed if any(self.feeds(one) for one in all)})

    def feeds(self, reaction: Reaction) -> bool:
        """Erasing writes nothing: who was erased is passed over."""
        if reaction.of_the_erased:
            return False
        return self.fed_by is None or reaction.do in self.fed_by

    def reactions_to(self, envelope: Envelope) -> list[Reaction]:
        return [reaction for reaction in self.listeners.reactions_to(envelope) if self.feeds(reaction)]

    @property
    def types(self) -> set[str]:
        fed = self.listeners.reactions.items()
        return {event.type for event, all in fed if any(self.feeds(one) for one in all)}
