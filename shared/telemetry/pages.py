"""The pages of a process that serves nothing else: alive, ready, counted."""

import json
from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from shared.telemetry.scrape import page_for


class Healthy(Protocol):
    """The health of a crew of workers."""

    @property
    def what_is_wrong(self) -> list[str]:
        """Sentences; while there is one, the process is not ready."""

    @property
    def what_is_away(self) -> list[str]:
        """Sentences about what is waited for: told, and no reason to start anything again."""


def pages(crew: Healthy, *collectors: Collector) -> Callable[[dict, Callable], Iterable[bytes]]:
    """As a WSGI application."""

    def answer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return page_for(environ, *collectors)(environ, start_response)
        if path == "/healthz":
            return as_json({"status": "alive"})(environ, start_response)
        return readiness(crew)(environ, start_response)

    return answer


def readiness(crew: Healthy) -> Response:
    if wrong := crew.what_is_wrong:
        problem = {"type": "urn:polku:not-ready", "title": "Not ready", "status": 503, "code": "not-ready"}
        return as_json(problem | {"detail": " ".join(wrong)}, 503, "application/problem+json")
    return as_json({"status": "ready", "away": crew.what_is_away})


def as_json(said: dict, status: int = 200, kind: str = "application/json") -> Response:
    return Response(json.dumps(said), status, mimetype=kind)
