"""The schema registry: for every released event its shape and samples of it, kept for ever in contracts/released/.

Whoever hears an event relies on its shape, and the log keeps every event that was ever told. So a released event
may gain optional fields and nothing else; `python -m tests.contracts.note` notes what is new and never changes what stands.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from shared.contracts.asyncapi.shapes import order_of, shape_of
from shared.messaging.events import Event

FOLDER = Path(__file__).parent.parent / "released"
INSTEAD = "Leave it as it was, and declare what is new as an event of its own beside it."


class Sample(msgspec.Struct):
    """An event as it once lay on the bus."""

    headers: dict[str, str]
    body: dict[str, Any]


class Released(msgspec.Struct):
    """One type of event, as it was promised; the samples stand oldest first."""

    topic: str
    coarse: bool
    in_order_of: str
    properties: dict[str, Any]
    required: list[str]
    samples: list[Sample] = []

    @classmethod
    def of(cls, event: type[Event]) -> "Released":
        """Returns what we would promise with this declaration."""
        return cls(topic=event.topic, coarse=event.coarse, in_order_of=order_of(event), **shape_of(event))


def released() -> dict[str, Released]:
    """{event type: what was promised}"""
    files = sorted(FOLDER.glob("*.json"))
    return {path.stem: msgspec.json.decode(path.read_bytes(), type=Released) for path in files}


def broken(type: str, then: Released, now: Released) -> Iterator[str]:
    """A sentence for each promise that the declaration of today does not keep."""
    for name in ("topic", "coarse", "in_order_of"):
        if getattr(then, name) != getattr(now, name):
            yield f"{type}: {name} was {getattr(then, name)!r} and is {getattr(now, name)!r}. {INSTEAD}"
    for field in then.properties:
        if field not in now.properties:
            yield f"{type}: the field {field!r} is gone. {INSTEAD}"
        elif not _same(field, then, now):
            was, now_is = then.properties[field], now.properties[field]
            yield f"{type}: the field {field!r} was {was} and is {now_is}. {INSTEAD}"
    for field in sorted(set(now.required) - set(then.required)):
        yield f"{type}: older events do not have the field {field!r}: give it a default that is true of them."


def _same(field: str, then: Released, now: Released) -> bool:
    """A default may come, for events that are told without the field from now on; once there, it stays."""
    was, now_is = dict(then.properties[field]), dict(now.properties[field])
    if field in then.required:
        now_is.pop("default", None)
    elif field in now.required:
        was.pop("default", None)
    return was == now_is


def missing(now: dict[str, Any], then: dict[str, Released]) -> Iterator[str]:
    """Events that have been released and are declared no more."""
    for type in sorted(then.keys() - now.keys()):
        yield f"{type} was released and is not declared any more. Keep its class: the log holds such events for ever."
