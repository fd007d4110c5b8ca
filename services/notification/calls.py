"""One call to somebody's endpoint: to the address that was looked at, without redirects, and never for long."""

import http.client
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from threading import Timer

from services.notification.endpoints import HTTPS, Endpoint, NoSuchHost, NotAnEndpoint, NotOnTheInternet
from services.notification.lookups import HostNotFoundInTime, StillLookingUp
from shared.problems import RuleBroken

CONNECT_SECONDS, ALL_SECONDS = 5.0, 15.0
MOST_ADDRESSES = 2
GONE = 410


@dataclass(frozen=True)
class Answer:
    """How it went: the status they answered with, or what came in between; of the rest nothing is read."""

    status: int | None
    trouble: str | None
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.trouble is None

    @property
    def wants_no_more(self) -> bool:
        return self.status == GONE


def call(address: str, headers: dict[str, str], body: bytes) -> Answer:
    """Post it; every trouble is an answer: no_host | slow_host | closed_network | no_connection | tls | too_slow | broken | refused."""
    began = time.monotonic()
    status, trouble = None, None
    try:
        status = post(Endpoint.at(address), headers, body)
        trouble = None if 200 <= status < 300 else "refused"
    except (RuleBroken, OSError, http.client.HTTPException, ValueError) as error:
        in_time = time.monotonic() - began < ALL_SECONDS
        trouble = trouble_of(error) if in_time else "too_slow"
    return Answer(status, trouble, round((time.monotonic() - began) * 1000))


def trouble_of(error: Exception) -> str:
    kinds = {
        NoSuchHost: "no_host",
        HostNotFoundInTime: "slow_host",
        StillLookingUp: "slow_host",
        NotOnTheInternet: "closed_network",
        NotAnEndpoint: "closed_network",
        NoConnection: "no_connection",
        ssl.SSLError: "tls",
        TimeoutError: "too_slow",
    }
    return next((word for kind, word in kinds.items() if isinstance(error, kind)), "broken")


def post(endpoint: Endpoint, headers: dict[str, str], body: bytes) -> int:
    """The status. The clock of the whole call cuts the line: an answer that drips never ends by itself."""
    connection = Line(endpoint)
    clock = Timer(ALL_SECONDS, connection.cut)
    clock.start()
    try:
        connection.request("POST", endpoint.path, body, headers)
        with connection.getresponse() as answer:
            if connection.is_cut:  # the end of the line looks like the end of the answer
                raise TimeoutError
            return answer.status
    finally:
        clock.cancel()
        connection.close()


class NoConnection(OSError):
    """Nobody answers there."""


class Line(http.client.HTTPConnection):
    """A connection to the addresses that were looked at, under the name that was asked for. Knows no proxies."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint.host, endpoint.port, timeout=ALL_SECONDS)
        self.endpoint = endpoint
        self.default_port = HTTPS if endpoint.is_https else 80
        self.is_cut = False

    def connect(self) -> None:
        self._take(reach(self.endpoint.looked_up()[:MOST_ADDRESSES], self.endpoint.port))
        if self.endpoint.is_https:
            name = self.endpoint.host
            secret = trust().wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False)
            self._take(secret)
            secret.do_handshake()

    def _take(self, line: socket.socket) -> None:
        line.settimeout(ALL_SECONDS)
        self.sock = line
        if self.is_cut:  # while the name was looked up
            raise TimeoutError

    def cut(self) -> None:
        self.is_cut = True
        line = self.sock
        with suppress(OSError):  # it was over already
            if line:
                line.shutdown(socket.SHUT_RDWR)


def reach(addresses: list[str], port: int) -> socket.socket:
    """The first of them that answers."""
    for address in addresses:
        try:
            return socket.create_connection((address, port), CONNECT_SECONDS)
        except OSError:
            continue
    raise NoConnection


@cache
def trust() -> ssl.SSLContext:
    return ssl.create_default_context()
