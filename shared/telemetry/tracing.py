"""Traces: off, and free, unless POLKU_OTLP names a collector (OTLP over HTTP, https://opentelemetry.io/docs/specs/otlp).

A span says which part did what kind of thing and for how long. It carries route templates, kinds of events and tenants,
never names, words, members, subjects of tokens, queries or addresses. For those who take part and for events that hide
their minute it carries no tenant and no id of a message either: a span has a microsecond, they must have none.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from shared.settings import setting

if TYPE_CHECKING:
    from shared.telemetry.spans import Spans

OPERATIONS = ("BEGIN", "SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_spans: "Spans | None" = None


def nothing_noted(**attributes: Any) -> None:
    """Stands for `note` while nobody traces."""


NOTHING: AbstractContextManager[Callable[..., None]] = nullcontext(nothing_noted)


def start(part: str, exporter: Any = None) -> None:
    """Trace from now on, if a collector is named (or `exporter` given). In a forking server: after the fork."""
    global _spans
    if exporter or setting("OTLP", ""):
        from shared.telemetry.spans import Spans  # a process that does not trace does not load it

        _spans = Spans(part, exporter)


def stop() -> None:
    """Send what is left."""
    global _spans
    if _spans:
        _spans.close()
    _spans = None


def trace_id() -> str | None:
    return _spans.trace_id() if _spans else None


def traceparent() -> str | None:
    """The place in the trace where we are now, as W3C writes it (https://www.w3.org/TR/trace-context/)."""
    return _spans.traceparent() if _spans else None


def request(
    service: str, method: str, route: str, caller: str | None
) -> AbstractContextManager[Callable[..., None]]:
    """A request that we answer; `caller` is the traceparent that it came with, if one of ours sent it."""
    if _spans is None:
        return NOTHING
    attributes = {"http.request.method": method, "http.route": route, "polku.service": service}
    return _spans.span(f"{method} {route}", "server", caller, attributes, alone=not caller)


def call(service: str, method: str) -> AbstractContextManager[Callable[..., None]]:
    """A request to another service; its path has ids in it, so only the service is named."""
    if _spans is None:
        return NOTHING
    attributes = {"http.request.method": method, "server.address": service}
    return _spans.span(f"{method} {service}", "client", None, attributes)


def statement(sql: str, seconds: float) -> None:
    """A statement of the database that has just ended: its first word and how long it took."""
    if _spans:
        _spans.statement(operation_of(sql), seconds)


def operation_of(sql: str) -> str:
    """Its first word, if it is one of the usual ones."""
    word = sql.lstrip()[:6].rstrip().upper()
    return next((operation for operation in OPERATIONS if word.startswith(operation)), "OTHER")


def reaction(service: str, name: str, envelope: Any) -> AbstractContextManager[Callable[..., None]]:
    """One reaction to an event: a child of what told it, where that may be known."""
    if _spans is None:
        return NOTHING
    attributes = messaging(service, "process", envelope.event.topic)
    attributes |= {"polku.reaction": name, "polku.event": envelope.event.type}
    if not envelope.event.coarse:
        attributes |= {"messaging.message.id": str(envelope.id), "polku.tenant": str(envelope.tenant)}
    parent = None if envelope.event.coarse else envelope.traceparent
    return _spans.span(f"process {envelope.event.type}", "consumer", parent, attributes, alone=not parent)


def batch(service: str, topic: str, headers: Sequence[Mapping[str, str]]) -> AbstractContextManager:
    """A batch that is handled: linked to what told each of its events."""
    if _spans is None:
        return NOTHING
    attributes = messaging(service, "process", topic) | {"messaging.batch.message_count": len(headers)}
    parents = {one["ce_traceparent"] for one in headers if "ce_traceparent" in one}
    return _spans.span(f"process {topic}", "consumer", None, attributes, links=sorted(parents), alone=True)


def sent(service: str, number: int, seconds: float) -> None:
    """A relay's batch that has just gone out; the events themselves carry the place where they were told."""
    if _spans:
        attributes = messaging(service, "send", service) | {"messaging.batch.message_count": number}
        _spans.past(f"send {service}", "producer", seconds, attributes)


def messaging(service: str, operation: str, topic: str) -> dict[str, Any]:
    """https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/"""
    return {
        "messaging.system": "polku",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
        "messaging.consumer.group.name" if operation == "process" else "polku.speaker": service,
        "polku.service": service,
    }
