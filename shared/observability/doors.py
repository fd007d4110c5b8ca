"""Watches the requests of a Flask application: their time, their span, the id that their log lines share."""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, g, request

from shared.isolation import at_the_end
from shared.observability import here, metrics, tracing
from shared.observability.scrape import page_of_this_process

log = logging.getLogger(__name__)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
UNWATCHED = frozenset(("healthz", "readyz", "metrics"))
TRACEPARENT = "traceparent"


def watch(app: Flask, service: str, from_outside: bool = False) -> None:
    """Before anything else is registered, so that the door's time counts. What browsers send `from_outside` as ids of
    requests and traces is not believed."""

    @app.before_request
    def begin() -> None:
        if request.endpoint not in UNWATCHED:
            g.watched = Watched(service, from_outside)
            g.watched.until(at_the_end())

    @app.after_request
    def look(answer: Response) -> Response:
        if "watched" in g:
            g.watched.status, g.watched.tenant = answer.status_code, tenant_to_tell()
        return answer

    app.log_exception = tell_a_fault  # type: ignore[method-assign, assignment]  # Flask's own writes the address down
    app.add_url_rule("/metrics", "metrics", page_of_this_process)


class Watched:
    """One request from its beginning to its end."""

    def __init__(self, service: str, from_outside: bool) -> None:
        self.service, self.status = service, 500
        self.tenant: str | None = None
        self.route = request.url_rule.rule if request.url_rule else "no such page"
        self.method = request.method if request.method in METHODS else "OTHER"
        self.told: Any = {} if from_outside else request.headers

    def until(self, the_end: ExitStack) -> None:
        the_end.callback(here.end, here.begin_request(self.service, self.told.get(here.REQUEST_HEADER)))
        span = tracing.request(self.service, self.method, self.route, self.told.get(TRACEPARENT))
        the_end.callback(self.end, the_end.enter_context(span), time.perf_counter())

    def end(self, note: Callable[..., None], began: float) -> None:
        seconds = time.perf_counter() - began
        metrics.answered(self.service, self.route, self.method, self.status, seconds)
        metrics.answered_for(self.service, self.tenant, seconds, sum(here.here().statements))
        note(status=self.status, tenant=self.tenant, error="500" if self.status >= 500 else None)


def tenant_to_tell() -> str | None:
    """Nothing for those who take part, under a pseudonym or not: the span has a microsecond, what they say has none."""
    caller = g.get("caller")
    return str(caller.tenant) if caller and not caller.is_any("participant") else None


def tell_a_fault(happened: Any) -> None:
    log.error("a request failed", exc_info=happened)
