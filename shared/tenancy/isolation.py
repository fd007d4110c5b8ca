"""A Flask application whose requests leave nothing behind for each other, whatever fails in them."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from contextvars import Context

from flask import Flask, request

AT_THE_END = "polku.at_the_end"


class IsolatedFlask(Flask):
    """Answers each request in an empty context of its own (https://docs.python.org/3.11/library/contextvars.html): it begins
    with no organisation, no language and no id, and none of them is there for the next request of this thread."""

    def wsgi_app(self, environ, start_response):
        own = Context()
        answer = own.run(self._answer_and_leave, environ, start_response)
        is_file = isinstance(answer, environ.get("wsgi.file_wrapper", ()))  # the server sends it by itself
        return answer if is_file else Pieces(answer, own)

    def _answer_and_leave(self, environ, start_response):
        """Flask skips the rest of its teardown functions when one of them raises; a `with` block is always left."""
        with ExitStack() as environ[AT_THE_END]:
            return super().wsgi_app(environ, start_response)


class Pieces:
    """An answer whose pieces are drawn in the context of its request, also those of a stream."""

    def __init__(self, answer: Iterable[bytes], own: Context) -> None:
        self.answer, self.drawn, self.own = answer, iter(answer), own

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self.own.run(next, self.drawn)

    def close(self) -> None:
        """The server calls this whatever way the answer ended."""
        self.own.run(getattr(self.answer, "close", nothing))


def nothing() -> None:
    """Answers without a body have nothing to close."""


def at_the_end() -> ExitStack:
    """Leaves or closes things when this request ends: in the reverse order, each one even if another raises."""
    return request.environ[AT_THE_END]
