"""A cache of what ends by itself: so many things and no more, none of them longer than it holds."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Thing = TypeVar("Thing")


class ExpiringCache(Generic[Name, Thing]):
    """Share it between threads. Whatever is kept makes room: for what has ended, first come first gone, and beyond `most`."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._things: dict[Name, tuple[Thing, float]] = {}

    def get(self, name: Name) -> Thing | None:
        """Returns what is remembered by this name; None once it has ended."""
        thing, until = self._things.get(name, (None, 0.0))
        return thing if time.monotonic() < until else None

    def keep(self, name: Name, thing: Thing, seconds: float) -> None:
        now = time.monotonic()
        with self._lock:
            self._things.pop(name, None)
            self._things[name] = (thing, now + seconds)
            self._make_room(now)

    def forget(self, about: Callable[[Name], bool]) -> None:
        """Forgets everything whose name is about this."""
        with self._lock:
            for name in [name for name in self._things if about(name)]:
                del self._things[name]

    def _make_room(self, now: float) -> None:
        while self._things:
            first = next(iter(self._things))
            if len(self._things) <= self._most and now < self._things[first][1]:
                return
            del self._things[first]

    def __len__(self) -> int:
        return len(self._things)
