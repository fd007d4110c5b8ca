"""Keeps what a service said a moment ago, so that not every page asks for it."""

import time
from collections.abc import Callable
from mmap import mmap
from typing import Generic, NamedTuple, TypeVar
from uuid import uuid4

Key = TypeVar("Key")
Value = TypeVar("Value")
SECONDS, MOST = 20, 1000


class Answer(NamedTuple, Generic[Value]):
    value: Value
    until: float
    mark: bytes


class Remembered(Generic[Key, Value]):
    """Keeps answers for some seconds in this process; on another machine a change is seen when these are over.

    What is raised is not kept.
    """

    def __init__(self, ask: Callable[[Key], Value]):
        self._ask = ask
        self._answers: dict[Key, Answer[Value]] = {}
        self._mark = mmap(-1, 16)  # processes that are forked from this one share it

    def of(self, key: Key) -> Value:
        known = self._answers.get(key)
        if known is None or known.until < time.monotonic() or known.mark != self._mark[:]:
            known = self._answer(key)
        return known.value

    def _answer(self, key: Key) -> Answer[Value]:
        if len(self._answers) > MOST:
            self._answers.clear()
        mark = self._mark[:]  # taken first: what changes while we ask is asked for again
        self._answers[key] = Answer(self._ask(key), time.monotonic() + SECONDS, mark)
        return self._answers[key]

    def forget(self) -> None:
        """Lets every process on this machine ask anew."""
        self._mark[:] = uuid4().bytes
