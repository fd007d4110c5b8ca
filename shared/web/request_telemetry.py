"""Watches the requests of a Flask application: their time, their span, the id that their log lines share."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from shared.telemetry import here, metrics, tracing
from shared.telemetry.scrape import page_for
from shared.tenancy.isolation import at_the_end

if TYPE_CHECKING:
    from shared.web.tokens import Caller

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
            route = request.url_rule.rule if request.url_rule else "no such page"
            method = request.method if request.method in METHODS else "OTHER"
            g.watched = Watched(service, route, method, {} if from_outside else dict(request.headers))
            g.watched.until(at_the_end())

    @app.after_request
    def look(answer: Response) -> Response:
        if "watched" in g:
            g.watched.status, g.watched.tenant = answer.status_code, tenant_to_tell(g.get("caller"))
        return answer

    app.log_exception = tell_a_fault  # type: ignore[method-assign, assignment]  # Flask's own writes the address down
    app.add_url_rule("/metrics", "metrics", lambda: page_for(request.environ))


class Watched:
    """One request, or one direct call, from its beginning to its end."""

    def __init__(self, service: str, route: str, method: str, told: Mapping[str, str]) -> None:
        """`told` are the headers that say to which request and trace it belongs."""
        self.service, self.route, self.method, self.told = service, route, method, told
        self.status = 500
        self.tenant: str | None = None

    def until(self, the_end: ExitStack) -> None:
        the_end.callback(here.end, here.begin_request(self.service, self.told.get(here.REQUEST_HEADER)))
        span = tracing.request(self.service, self.method, self.route, self.told.get(TRACEPARENT))
        the_end.callback(self.end, the_end.enter_context(span), time.perf_counter())

    def end(self, note: Callable[..., None], began: float) -> None:
        seconds = time.perf_counter() - began
        metrics.answered(self.service, self.route, self.method, self.status, seconds)
        metrics.answered_for(self.service, self.tenant, seconds, sum(here.here().statements))
        note(status=self.status, tenant=self.tenant, error="500" if self.status >= 500 else None)


def tenant_to_tell(caller: "Caller | None") -> str | None:
    """Returns the tenant for a span; None for those who take part, under a pseudonym or not: the span has a microsecond, what they say has none."""
    return str(caller.tenant) if caller and not caller.is_any("participant") else None


def tell_a_fault(happened: Any) -> None:
    log.error("a request failed", exc_info=happened)
