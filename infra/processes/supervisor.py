"""Starts the parts together, waits until each is ready, keeps them running, and stops them in order."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Event

from infra.processes.process import Part
from infra.progress import Progress
from infra.trouble import CannotStart

READY_SECONDS = 180
LOOK_EVERY = 0.1
DEATHS_ALLOWED, WITHIN_SECONDS = 3, 60


class PartFailed(CannotStart):
    def __init__(self, part: Part, how: str) -> None:
        super().__init__(f"{part.name} {how}. Its last words:\n{part.last_words()}\nMore in {part.log}.")


class Stopped(Exception):
    """The person asked us to stop while we were starting."""


class Supervisor:
    """`parts` in the order in which they stop, wave by wave: those who take requests first."""

    def __init__(self, parts: list[Part], stop: Event, progress: Progress) -> None:
        self.parts, self.stop, self.progress = parts, stop, progress
        self.deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DEATHS_ALLOWED))

    def start(self) -> None:
        for part in self.parts:
            part.start()

    def wait_until_ready(self) -> None:
        """Raises PartFailed with the last words of one that dies or does not get ready."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(self.parts)
        while waiting:
            waiting = [part for part in waiting if not self._has_become_ready(part)]
            if waiting and time.monotonic() > deadline:
                raise PartFailed(waiting[0], f"is not ready after {READY_SECONDS} seconds")
            if self.stop.wait(LOOK_EVERY if waiting else 0):
                raise Stopped

    def watch(self, also: Callable[[], None] = lambda: None) -> None:
        """Until told to stop: start again what dies, and give up on what dies again and again; and do what there is `also`."""
        while not self.stop.wait(LOOK_EVERY):
            also()
            for part in self.parts:
                if not part.is_alive:
                    self._revive(part)

    def stop_all(self) -> None:
        """Web lets requests finish, then the worker its transaction; every wave has half a minute."""
        for wave in sorted({part.wave for part in self.parts}):
            going = [part for part in self.parts if part.wave == wave]
            for part in going:
                part.ask_to_stop()
            for part in going:
                part.wait_until_stopped()

    def _has_become_ready(self, part: Part) -> bool:
        if not part.is_alive:
            raise PartFailed(part, "stopped while it was starting")
        if part.is_ready():
            self.progress.done(part.name)
            return True
        return False

    def _revive(self, part: Part) -> None:
        deaths = self.deaths[part.name]
        deaths.append(time.monotonic())
        if len(deaths) == DEATHS_ALLOWED and deaths[-1] - deaths[0] < WITHIN_SECONDS:
            raise PartFailed(part, f"stopped {DEATHS_ALLOWED} times within a minute")
        self.progress.say(f"{part.name} stopped by itself; starting it again. Why: {part.log}")
        part.start()
