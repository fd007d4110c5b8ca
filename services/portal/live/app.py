"""The doors of the live process: GET /live/<service>/<id>, and its health."""

import json
import random
import signal
import socket
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication

import gevent
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from services.portal.live.access import admitted, only_our_pages, own_origin
from services.portal.live.admissions import Admission, Admissions
from services.portal.live.channels import Channels, Follower, Topic
from services.portal.live.notifications import Notifications
from services.portal.live.pictures import take
from services.portal.web.gateway import believing_the_gateway
from shared.telemetry.metrics import STREAMS
from shared.telemetry.pages import readiness
from shared.telemetry.scrape import page_for

BEAT_SECONDS = 15.0
LIFE_SECONDS = (300.0, 600.0)  # then the screen comes back and is asked again who it is
RETRY_MILLISECONDS = (500, 4000)  # so that a thousand screens do not come back in the same moment
UNHEARD_MILLISECONDS = 45_000
BEAT = b"event: beat\ndata: \n\n"
ADDRESSES = Map(
    [
        Rule("/healthz", endpoint="health"),
        Rule("/readyz", endpoint="readiness"),
        Rule("/metrics", endpoint="counts"),
        Rule("/live/<service>/<uuid:id>", endpoint="stream"),
    ]
)


class Stream:
    """The stream of one screen, piece by piece, until it goes, is sent home, or its admission is over."""

    def __init__(
        self, channels: Channels, admissions: Admissions, topic: Topic, admission: Admission, seen: int | None
    ) -> None:
        self.channels, self.admissions, self.topic, self.admission = channels, admissions, topic, admission
        self.follower: Follower = channels.join(topic, seen)
        admissions.hold(self.follower, admission)
        STREAMS.inc()
        self.ends_at = min(time.monotonic() + random.uniform(*LIFE_SECONDS), admission.until)
        self.greeting: bytes | None = b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        if self.greeting:
            greeting, self.greeting = self.greeting, None
            return greeting
        picture = self.follower.next(min(BEAT_SECONDS, max(self.ends_at - time.monotonic(), 0)))
        if self.follower.is_sent_home or time.monotonic() >= self.ends_at:
            raise StopIteration
        return picture.wire if picture else BEAT

    def close(self) -> None:
        """The server calls this whatever way the stream ended."""
        self.admissions.release(self.follower, self.admission)
        self.channels.leave(self.topic, self.follower)
        STREAMS.dec()


class Live:
    """The application that gunicorn serves."""

    def __init__(self) -> None:
        self.channels = Channels(take)
        self.admissions = Admissions()
        self.notifications = Notifications(self.channels, self.admissions)
        self.listener = gevent.spawn(self.notifications.run)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            answer = self._answer(request)
        except HTTPException as error:
            answer = refusal(error)
        return let_our_pages_read(answer, request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        endpoint, values = ADDRESSES.bind_to_environ(request.environ).match()
        return getattr(self, endpoint)(request, **values)

    def health(self, request: Request) -> Response:
        return as_json({"status": "alive"})

    def readiness(self, request: Request) -> Response:
        return readiness(self.notifications)

    def counts(self, request: Request) -> Response:
        return page_for(request.environ)

    def stream(self, request: Request, service: str, id: UUID) -> Response:
        only_our_pages(request)
        topic, admission = admitted(request, service, id)
        if self.admissions.has_ended(admission):
            raise Unauthorized
        if not self.admissions.has_room_for(admission):
            raise TooManyRequests
        notice_the_unheard(request.environ.get("gunicorn.socket"))
        stream = Stream(self.channels, self.admissions, topic, admission, last_seen(request))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(stream, mimetype="text/event-stream", headers=headers)

    def stop(self) -> None:
        self.channels.close()


LONGEST_VERSION = 19  # digits


def last_seen(request: Request) -> int | None:
    """The version that the screen has, when it comes back."""
    version = request.headers.get("Last-Event-ID", request.args.get("seen", ""))
    return int(version) if version.isdecimal() and len(version) < LONGEST_VERSION else None


def notice_the_unheard(connection: socket.socket | None) -> None:
    """A phone that left the network without a word is given up after three quarters of a minute."""
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MILLISECONDS)


def let_our_pages_read(answer: Response, request: Request) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = own_origin(request)
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Vary"] = "Origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def refusal(error: HTTPException) -> Response:
    status = error.code or 500
    payload = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description}
    answer = as_json(payload, status, "application/problem+json")
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = "GET"
    return answer


def as_json(payload: dict[str, Any], status: int = 200, mimetype: str = "application/json") -> Response:
    return Response(json.dumps(payload), status, mimetype=mimetype)


def create_app() -> WSGIApplication:
    live = Live()
    end_streams_when_asked_to_stop(live)
    return believing_the_gateway(live)


def end_streams_when_asked_to_stop(live: Live) -> None:
    """gunicorn stops taking requests and waits for the open ones; ours would never end by themselves."""
    then = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: Any) -> None:
        live.stop()
        if callable(then):
            then(number, frame)

    signal.signal(signal.SIGTERM, stop)
