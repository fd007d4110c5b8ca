"""Starts the processes together, waits until each is ready, keeps them running, and stops them in order."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from threading import Event

from infra.processes.process import Process
from infra.progress import Progress
from infra.trouble import CannotStart

READY_SECONDS = 180
LOOK_EVERY = 0.1
DEATHS_ALLOWED, WITHIN_SECONDS = 3, 60


class ProcessFailed(CannotStart):
    def __init__(self, process: Process, how: str) -> None:
        super().__init__(
            f"{process.name} {how}. Its last lines:\n{process.last_lines()}\nMore in {process.log}."
        )


class Stopped(Exception):
    """The person asked us to stop while we were starting."""


class Supervisor:
    """`processes` are those that take requests first, then those that these need: the order in which they stop."""

    def __init__(self, processes: list[Process], stop: Event, progress: Progress) -> None:
        self.processes, self.stop, self.progress = processes, stop, progress
        self.deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DEATHS_ALLOWED))

    def start(self) -> None:
        for process in self.processes:
            process.start()

    def wait_until_ready(self) -> None:
        """Raises ProcessFailed with the last lines of one that dies or does not get ready."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = list(self.processes)
        while waiting:
            waiting = [process for process in waiting if not self._has_become_ready(process)]
            if waiting and time.monotonic() > deadline:
                raise ProcessFailed(waiting[0], f"is not ready after {READY_SECONDS} seconds")
            if self.stop.wait(LOOK_EVERY if waiting else 0):
                raise Stopped

    def watch(self, also: Callable[[], None] = lambda: None) -> None:
        """Until told to stop: start again what dies, and give up on what dies again and again; and do what there is `also`."""
        while not self.stop.wait(LOOK_EVERY):
            also()
            for process in self.processes:
                if not process.is_alive:
                    self._revive(process)

    def stop_all(self) -> None:
        """Web lets requests finish, then the worker its transaction; those of one stop order have half a minute together."""
        for stop_order in sorted({process.stop_order for process in self.processes}):
            going = [process for process in self.processes if process.stop_order == stop_order]
            for process in going:
                process.ask_to_stop()
            for process in going:
                process.wait_until_stopped()

    def _has_become_ready(self, process: Process) -> bool:
        if not process.is_alive:
            raise ProcessFailed(process, "stopped while it was starting")
        if process.is_ready():
            self.progress.done(process.name)
            return True
        return False

    def _revive(self, process: Process) -> None:
        deaths = self.deaths[process.name]
        deaths.append(time.monotonic())
        if len(deaths) == DEATHS_ALLOWED and deaths[-1] - deaths[0] < WITHIN_SECONDS:
            raise ProcessFailed(process, f"stopped {DEATHS_ALLOWED} times within a minute")
        self.progress.say(f"{process.name} stopped by itself; starting it again. Why: {process.log}")
        process.start()
