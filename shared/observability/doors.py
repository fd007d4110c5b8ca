"""Watches the requests of a Flask application: their time, their span, the id that their log lines share."""

import logging
import time
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, g, request

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

    @app.after_request
    def look(answer: Response) -> Response:
        if "watched" in g:
            g.watched.status = answer.status_code
        return answer

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        if watched := g.pop("watched", None):
            watched.end()

    app.log_exception = tell_a_fault  # type: ignore[method-assign, assignment]  # Flask's own writes the address down
    app.add_url_rule("/metrics", "metrics", page_of_this_process)


class Watched:
    """One request from its beginning to its end."""

    def __init__(self, service: str, from_outside: bool) -> None:
        self.service, self.status = service, 500
        self.route = request.url_rule.rule if request.url_rule else "no such page"
        self.method = request.method if request.method in METHODS else "OTHER"
        told: Any = {} if from_outside else request.headers
        self.token = here.begin_request(service, told.get(here.REQUEST_HEADER))
        self.until_the_end = ExitStack()
        self.note = self.until_the_end.enter_context(
            tracing.request(service, self.method, self.route, told.get(TRACEPARENT))
        )
        self.began = time.perf_counter()

    def end(self) -> None:
        seconds, tenant = time.perf_counter() - self.began, tenant_to_tell()
        metrics.answered(self.service, self.route, self.method, self.status, seconds)
        metrics.answered_for(self.service, tenant, seconds, sum(here.here().statements))
        self.note(status=self.status, tenant=tenant, error="500" if self.status >= 500 else None)
        self.until_the_end.close()
        here.end(self.token)


def tenant_to_tell() -> str | None:
    """Nothing for those who take part, under a pseudonym or not: the span has a microsecond, what they say has none."""
    caller = g.get("caller")
    return str(caller.tenant) if caller and not caller.is_any("participant") else None


def tell_a_fault(happened: Any) -> None:
    log.error("a request failed", exc_info=happened)
