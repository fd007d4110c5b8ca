"""How many calls may be out at once: few of one organisation, and slow ones in fewer than all threads of a web process.

Nobody waits for a slot, for who waits holds a thread as well as who calls. So a slow server of one organisation takes half
of a process's threads at most, for as long as one call may last, and the others keep theirs.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from shared.problems import RuleBroken
from shared.tenancy.sessions import tenant_here

OF_ONE_TENANT, MOST_SLOW = 2, 3  # of the four threads of a web process
SLOW_AFTER = 1.0  # seconds


class TooManyAtOnce(RuleBroken):
    """Many people are signing in just now. Wait a moment, then try again."""

    status = 503


class Slots:
    """Counts the calls that are out in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self._lock = clock, Lock()
        self._in_flight: dict[object, tuple[UUID | None, float]] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Holds one slot of the organisation that we act for; raises TooManyAtOnce when there is none."""
        call = object()
        with self._lock:
            if not self._has_room_for(tenant_here()):
                raise TooManyAtOnce
            self._in_flight[call] = tenant_here(), self.clock()
        try:
            yield
        finally:
            with self._lock:
                del self._in_flight[call]

    def _has_room_for(self, whose: UUID | None) -> bool:
        """An organisation's first call waits for no quick one; its second only goes out where somebody else's could too."""
        ours = sum(tenant == whose for tenant, _ in self._in_flight.values())
        if ours:
            return ours < OF_ONE_TENANT and len(self._in_flight) < OF_ONE_TENANT
        now = self.clock()
        return sum(now - since >= SLOW_AFTER for _, since in self._in_flight.values()) < MOST_SLOW
