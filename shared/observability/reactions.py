"""Watches one reaction to an event: its span, and the id that log lines name while it runs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from shared.observability import tracing
from shared.observability.here import About


def reacting(service: str, name: str, envelope: Any) -> AbstractContextManager[None]:
    """An anonymous event is not named: the line has a second, the event has none."""
    about = About(None if envelope.event.coarse else str(envelope.id))
    return traced(about, service, name, envelope) if tracing.is_on() else about


@contextmanager
def traced(about: About, service: str, name: str, envelope: Any) -> Iterator[None]:
    with about, tracing.reaction(service, name, envelope):
        yield
