"""Watches the workers of a process: which part makes no progress, and which events wait though nobody works on them."""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared.connecting import looking
from shared.settings import setting
from shared.telemetry.metrics import STUCK

log = logging.getLogger(__name__)
CHECK_EVERY = 15.0
STALLED = text("""
    SELECT g.topic, g.partition, g.committed FROM group_partition g JOIN log_partition p USING (topic, partition)
    WHERE g.grp = :service AND p.next_position > g.committed AND g.attempts = 0
          AND (g.owner IS NULL OR g.owner LIKE :mine)""")
Place = tuple[str, int]


class WatchedWorker(Protocol):
    """The state that a worker shows of itself: when each part last made progress, and when it last waited for what."""

    @property
    def engine(self) -> Engine: ...

    @property
    def parts(self) -> Mapping[str, Any]: ...

    @property
    def last_progress(self) -> Mapping[str, float]: ...

    @property
    def waiting_for(self) -> Mapping[str, tuple[float, str]]: ...


class Watchdog:
    """`troubles` is what the last check found: sentences with names of services and parts, nothing else."""

    def __init__(
        self, crew: Mapping[str, WatchedWorker], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.crew, self.clock = crew, clock
        self.patience = float(setting("STUCK_AFTER", "120"))
        self.began = self.checked = clock()
        self.troubles: list[str] = []
        self._seen: dict[tuple[str, Place], tuple[int, float]] = {}

    def run(self, stop: Event) -> None:
        while not stop.wait(CHECK_EVERY):
            self.check()

    def check(self) -> list[str]:
        found = [trouble for service in self.crew for trouble in self._troubles_of(service)]
        for new in set(found) - set(self.troubles):
            log.error("watchdog: %s", new)
        for gone in set(self.troubles) - set(found):
            log.info("watchdog: over: %s", gone)
        self.troubles, self.checked = found, self.clock()
        return found

    @property
    def what_is_wrong(self) -> list[str]:
        """Returns the troubles, and whether the watchdog itself has gone silent."""
        silent = self.clock() - self.checked > self.patience
        return [*self.troubles, *(["The watchdog has not checked for a while."] if silent else [])]

    @property
    def what_is_away(self) -> list[str]:
        """Returns what parts wait for without being broken: reported, and no reason to restart anything."""
        return [
            f"{service}: its {part} waits: {worker.waiting_for[part][1]}"
            for service, worker in self.crew.items()
            for part in worker.parts
            if self._waits(worker, part)
        ]

    def _troubles_of(self, service: str) -> list[str]:
        worker = self.crew[service]
        stuck = [part for part in worker.parts if self._is_stuck(worker, part)]
        for part in worker.parts:
            STUCK.labels(service, part).set(part in stuck)
        return [f"{service}: its {part} has stopped." for part in stuck] + self._stalls(service, worker)

    def _is_stuck(self, worker: WatchedWorker, part: str) -> bool:
        late = self.clock() - worker.last_progress.get(part, self.began) > self.patience
        return late and not self._waits(worker, part)

    def _waits(self, worker: WatchedWorker, part: str) -> bool:
        at, _ = worker.waiting_for.get(part, (float("-inf"), ""))
        return at >= worker.last_progress.get(part, self.began) and self.clock() - at <= self.patience

    def _stalls(self, service: str, worker: WatchedWorker) -> list[str]:
        """Returns where events wait, nobody has failed at them, and the position does not move. (Where events fail again and again the
        partition is halted, which has an alert of its own.)"""
        try:
            stalled = self._without_progress(service, waiting_in(service, worker.engine))
        except SQLAlchemyError as error:
            return [f"{service}: the database cannot be asked ({type(error).__name__})."]
        STUCK.labels(service, "partition").set(bool(stalled))
        return [
            f"{service}: nobody handles {topic} {partition}, where events wait."
            for topic, partition in stalled
        ]

    def _without_progress(self, service: str, waiting: dict[Place, int]) -> list[Place]:
        now = self.clock()
        before = {place: seen for (owner, place), seen in self._seen.items() if owner == service}
        for place in before:
            del self._seen[service, place]
        for place, committed in waiting.items():
            known = before.get(place)
            self._seen[service, place] = known if known and known[0] == committed else (committed, now)
        return sorted(place for place in waiting if now - self._seen[service, place][1] > self.patience)


def waiting_in(service: str, engine: Engine) -> dict[Place, int]:
    """Returns the committed positions of partitions with new events that this process owns, or nobody does."""
    mine = f"{socket.gethostname()}:{os.getpid()}:%"
    with looking(engine) as connection:
        rows = connection.execute(STALLED, {"service": service, "mine": mine})
        return {(row.topic, row.partition): row.committed for row in rows}
