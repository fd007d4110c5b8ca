"""One call to somebody's server: to the address that was looked at, without redirects, and never for long or for much.

h11 parses what comes back, because `http.client` reads a chunk of a negative size to the end of the line, whatever we
asked for. There is no proxy, and no connection is kept.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import h11

from shared.web.outbound.destinations import HTTP, HTTPS, NOTHING_ELSE, Allowance, Destination

CONNECT_SECONDS, MOST_ADDRESSES = 5.0, 2
MOST_BYTES, AT_ONCE, MOST_OF_HEADERS = 256 * 1024, 64 * 1024, 64 * 1024
GZIP = 16 + zlib.MAX_WBITS


class NoConnection(OSError):
    """Raised where nobody answers."""


class BrokenAnswer(OSError):
    """Raised for an answer that is not HTTP, or in a coding that we did not ask for."""


class AnswerTooLarge(BrokenAnswer):
    """The answer is longer than we read."""


class Deadline:
    """A moment by which something has to be over, however many calls it takes."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; raises TimeoutError when none are."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True)
class Response:
    """The answer to a call: the body is inflated, and empty where it was not wanted."""

    status: int
    body: bytes


def request(
    method: str,
    address: str,
    *,
    deadline: Deadline,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    allowance: Allowance = NOTHING_ELSE,
    wants_body: bool = True,
    most: int = MOST_BYTES,
) -> Response:
    """Raises a RuleBroken for an address that we do not call, and an OSError (NoConnection, TimeoutError, ssl.SSLError,
    BrokenAnswer, AnswerTooLarge) for every other trouble."""
    destination = Destination.at(address, allowance)
    with connected(destination, deadline) as line:
        try:
            return Exchange(line, deadline, most).of(
                asked(method, destination, headers or {}, body), body, wants_body
            )
        except (h11.ProtocolError, zlib.error) as error:
            raise BrokenAnswer from error


def asked(method: str, destination: Destination, headers: Mapping[str, str], body: bytes) -> h11.Request:
    usual = {"Host": host_of(destination), "Connection": "close", "Accept-Encoding": "gzip, identity"}
    length = {"Content-Length": str(len(body))} if body or method == "POST" else {}
    return h11.Request(
        method=method, target=destination.path, headers=[*(usual | length | dict(headers)).items()]
    )


def host_of(destination: Destination) -> str:
    host = f"[{destination.host}]" if ":" in destination.host else destination.host
    usual = HTTPS if destination.is_https else HTTP
    return host if destination.port == usual else f"{host}:{destination.port}"


class Exchange:
    """One request and its answer on a connection; no step of it waits beyond the deadline."""

    def __init__(self, line: socket.socket, deadline: Deadline, most: int = MOST_BYTES) -> None:
        self.line, self.deadline, self.most = line, deadline, most
        self.protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_OF_HEADERS)

    def of(self, request: h11.Request, body: bytes, wants_body: bool) -> Response:
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            self._send(self.protocol.send(event))
        answer = self._answer()
        return Response(answer.status_code, b"".join(self._body(answer)) if wants_body else b"")

    def _send(self, some: bytes | None) -> None:
        if some:
            self.line.settimeout(self.deadline.left)
            self.line.sendall(some)

    def _answer(self) -> h11.Response:
        while True:
            event = self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise BrokenAnswer

    def _body(self, answer: h11.Response) -> Iterator[bytes]:
        """Piece by piece; raises AnswerTooLarge before it is read or inflated any further."""
        inflate, room = inflater_for(answer), self.most
        while isinstance(event := self._next(), h11.Data):
            piece = inflate(bytes(event.data), room + 1)
            room -= len(piece)
            if room < 0:
                raise AnswerTooLarge
            yield piece

    def _next(self) -> object:
        while (event := self.protocol.next_event()) is h11.NEED_DATA:
            self.line.settimeout(self.deadline.left)
            self.protocol.receive_data(self.line.recv(AT_ONCE))
        return event


class Inflater:
    """Gzip, never more than there is room for. What does not fit is not inflated: then there is too much of it anyway."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(GZIP)

    def __call__(self, some: bytes, most: int) -> bytes:
        return self._zlib.decompress(some, most)


def inflater_for(answer: h11.Response):
    """How pieces of the body become bytes, each with the most that it may become."""
    codings = [value.strip().lower() for name, value in answer.headers if name == b"content-encoding"]
    if codings in ([], [b"identity"]):
        return lambda some, most: some
    if codings in ([b"gzip"], [b"x-gzip"]):
        return Inflater()
    raise BrokenAnswer


@contextmanager
def connected(destination: Destination, deadline: Deadline) -> Iterator[socket.socket]:
    """A connection to an address that was looked at, under the name that was asked for."""
    line = reach(destination.looked_up(deadline.left)[:MOST_ADDRESSES], destination.port, deadline)
    try:
        if destination.is_https:
            line.settimeout(deadline.left)
            line = trust().wrap_socket(line, server_hostname=destination.host)
        yield line
    finally:
        line.close()


def reach(addresses: list[str], port: int, deadline: Deadline) -> socket.socket:
    """The first of them that answers; raises NoConnection."""
    for left_over, address in zip(reversed(range(len(addresses))), addresses, strict=True):
        try:
            return connect(address, port, min(CONNECT_SECONDS, deadline.left / (1 + left_over)))
        except OSError:
            deadline.left  # noqa: B018 - raises TimeoutError when none is left for the next one
    raise NoConnection


def connect(address: str, port: int, seconds: float) -> socket.socket:
    line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.connect((address, port))
    except BaseException:
        line.close()
        raise
    return line


@cache
def trust() -> ssl.SSLContext:
    return ssl.create_default_context()
