"""Asks what may hang and waits for a limited time: whoever watches must not be held up by what is watched."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class NoAnswer(Exception):
    """It was not answered in time."""


class Bounded(Generic[Answer]):
    """At most one question is out: who asks while it is out waits for the same answer."""

    def __init__(self, question: Callable[[], Answer], seconds: float) -> None:
        self.question, self.seconds = question, seconds
        self._lock = Lock()
        self._out: Future[Answer] | None = None

    def ask(self) -> Answer:
        """Raises NoAnswer after so many seconds, or what the question raised."""
        with self._lock:
            if self._out is None or self._out.done():
                self._out = self._put()
            out = self._out
        try:
            return out.result(self.seconds)
        except TimeoutError:
            if out.done():
                raise  # the question's own
            raise NoAnswer from None

    def _put(self) -> Future[Answer]:
        out: Future[Answer] = Future()

        def answer() -> None:
            try:
                out.set_result(self.question())
            except BaseException as error:
                out.set_exception(error)

        Thread(target=answer, daemon=True).start()
        return out
