"""Watches one reaction to an event: its span, and the id that log lines name while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared.observability import here, tracing


@contextmanager
def reacting(service: str, name: str, envelope: Any) -> Iterator[None]:
    """An anonymous event is not named: the line has a second, the event has none."""
    message = None if envelope.event.coarse else str(envelope.id)
    with here.about(message), tracing.reaction(service, name, envelope):
        yield
