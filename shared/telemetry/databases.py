"""Measures an engine: how long statements take, how many connections are in use; never what a statement says."""

import time
from typing import Any

from sqlalchemy import Engine, event

from shared.telemetry import metrics, tracing
from shared.telemetry.here import stated


def measure(engine: Engine, service: str) -> None:
    took = metrics.STATEMENT_SECONDS.labels(service)

    @event.listens_for(engine, "before_cursor_execute")
    def begin(connection, cursor, statement, parameters, context, executemany):
        context.began = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def end(connection, cursor, statement, parameters, context, executemany):
        seconds = time.perf_counter() - context.began
        took.observe(seconds)
        stated(seconds)
        tracing.statement(statement, seconds)

    @event.listens_for(engine, "handle_error")
    def refused(failure):
        kind = type(failure.original_exception).__name__
        metrics.DATABASE_ERRORS.labels(service, kind).inc()


def watch_the_pool(engine: Engine, service: str, most: int) -> None:
    """`most` is how many connections the pool may open."""
    limit, in_use = metrics.POOL_LIMIT.labels(service), metrics.POOL_IN_USE.labels(service)

    @event.listens_for(engine, "checkout")
    def out(connection: Any, record: Any, proxy: Any) -> None:
        limit.set(most)  # here, because after a fork each process has a pool of its own
        in_use.inc()

    @event.listens_for(engine, "detach")  # a relay's, which is its own from then on
    @event.listens_for(engine, "checkin")
    def back(connection: Any, record: Any) -> None:
        in_use.dec()
