"""Remembers what this thread is doing now, for log lines: which service, for which request or message."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from uuid import UUID, uuid4

REQUEST_HEADER = "X-Request-Id"
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Here:
    service: str | None = None
    request: str | None = None
    statements: list[float] = field(default_factory=list)  # of a request, how many seconds each took


NOWHERE = Here()
_here: ContextVar[Here] = ContextVar("here", default=NOWHERE)
_message: ContextVar[UUID | None] = ContextVar("message", default=None)


def here() -> Here:
    return _here.get()


def begin_request(service: str, told: str | None = None) -> Token:
    """`told` is the id that another of our processes gave this request; anything else gets one of its own."""
    known = told if told and REQUEST_ID.fullmatch(told) else uuid4().hex
    return _here.set(Here(service, known))


def stated(seconds: float) -> None:
    """A statement of the database has ended."""
    if (now := _here.get()).request:
        now.statements.append(seconds)


def end(token: Token) -> None:
    _here.reset(token)


@contextmanager
def working_for(service: str) -> Iterator[None]:
    token = _here.set(Here(service))
    try:
        yield
    finally:
        _here.reset(token)


def message_here() -> UUID | None:
    """Returns the id of the message that is being handled, where log lines may name it."""
    return _message.get()


def log_message(id: UUID | None) -> Token:
    """Lets log lines name this message until log_message_no_more."""
    return _message.set(id)


def log_message_no_more(token: Token) -> None:
    _message.reset(token)
