"""The spans of a process that traces; shared/telemetry/tracing.py says what may be in them."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
    use_span,
)

from shared.settings import setting
from shared.telemetry.trace_context import TRACEPARENT

KINDS = {kind.name.lower(): kind for kind in SpanKind}
ROOT = Context()


class Spans:
    """Makes spans and sends them off in the background; what cannot be sent is dropped and stops nobody."""

    def __init__(self, part: str, exporter: SpanExporter | None = None) -> None:
        share = ParentBased(TraceIdRatioBased(float(setting("TRACE_SHARE", "1.0"))))
        resource = Resource({"service.name": f"polku-{part}"})
        self.provider = TracerProvider(sampler=share, resource=resource)
        processor = SimpleSpanProcessor(exporter) if exporter else BatchSpanProcessor(to_the_collector())
        self.provider.add_span_processor(processor)
        self.tracer = self.provider.get_tracer("polku")

    @contextmanager
    def span(
        self,
        name: str,
        kind: str = "internal",
        parent: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[str] = (),
        alone: bool = False,
    ) -> Iterator[Callable[..., None]]:
        """`parent` is a traceparent from elsewhere; `alone` begins a trace of its own. Of an error its kind is kept."""
        context = context_of(parent) or (ROOT if alone else None)
        linked = [Link(place) for place in map(place_of, links) if place]
        begun = self.tracer.start_span(name, context, KINDS[kind], dict(attributes or {}), linked)
        with use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield lambda **noted: note(begun, noted)
            except Exception as error:
                fail(begun, type(error).__name__)
                raise

    def statement(self, operation: str, seconds: float) -> None:
        """Within a span only: by itself a statement says nothing."""
        if get_current_span().is_recording():
            attributes = {"db.system.name": "postgresql", "db.operation.name": operation}
            self.past(operation, "client", seconds, attributes)

    def past(self, name: str, kind: str, seconds: float, attributes: Mapping[str, Any]) -> None:
        """A span of what has just ended."""
        now = time.time_ns()
        began = now - int(seconds * 1e9)
        self.tracer.start_span(name, None, KINDS[kind], dict(attributes), start_time=began).end(now)

    def trace_id(self) -> str | None:
        place = get_current_span().get_span_context()
        return f"{place.trace_id:032x}" if place.is_valid else None

    def traceparent(self) -> str | None:
        span = get_current_span()
        place = span.get_span_context()
        if not span.is_recording():
            return None
        return f"00-{place.trace_id:032x}-{place.span_id:016x}-{int(place.trace_flags):02x}"

    def close(self) -> None:
        self.provider.shutdown()


def note(span: Span, attributes: Mapping[str, Any]) -> None:
    """Attributes by keyword: see ATTRIBUTES; None is left out, `error` makes the span fail."""
    for key, value in attributes.items():
        if value is not None and key == "error":
            fail(span, value)
        elif value is not None:
            span.set_attribute(ATTRIBUTES[key], value)


ATTRIBUTES = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "tenant": "polku.tenant",
    "taken": "polku.accepted",
}


def fail(span: Span, kind: str) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", kind)


def place_of(traceparent: str | None) -> SpanContext | None:
    """None for anything that is no traceparent: what comes from elsewhere is not believed, and breaks nothing."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    if not found:
        return None
    trace, span, flags = (int(part, 16) for part in found.groups())
    return SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))


def context_of(traceparent: str | None) -> Context | None:
    place = place_of(traceparent)
    return set_span_in_context(NonRecordingSpan(place), ROOT) if place else None


def to_the_collector() -> SpanExporter:
    """POLKU_OTLP is the address of a collector, such as http://collector:4318."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(f"{setting('OTLP').rstrip('/')}/v1/traces", timeout=5)
