"""What a watcher sees: the spans, the log lines and the counts of this process."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import logs, tracing
from shared.telemetry.scrape import text_of
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables


@dataclass
class Seen:
    """Everything that leaves the process for those who watch it."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    written: io.StringIO = field(default_factory=io.StringIO)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    @property
    def everything(self) -> str:
        return "\n".join(
            [self.written.getvalue(), text_of().decode(), *(span.to_json() for span in self.spans)]
        )


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Traces are on, and log lines are written as a server writes them."""
    seen, root = Seen(), logging.getLogger()
    handler = logging.StreamHandler(seen.written)
    handler.setFormatter(logs.AsJson("test"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    tracing.start("test", seen.exporter)
    yield seen
    tracing.stop()
    root.setLevel(before)
    root.removeHandler(handler)
