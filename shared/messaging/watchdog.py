"""Watches the workers of a process: what has stopped coming around, and what lies waiting though nobody works on it."""

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
LOOK_EVERY = 15.0
STALLED = text("""
    SELECT g.topic, g.partition, g.committed FROM group_partition g JOIN log_partition p USING (topic, partition)
    WHERE g.grp = :service AND p.next_position > g.committed AND g.attempts = 0
          AND (g.owner IS NULL OR g.owner LIKE :mine)""")
Place = tuple[str, int]


class Watched(Protocol):
    """What a worker shows of itself: when each part last came around, and when it last met something that was away."""

    @property
    def engine(self) -> Engine: ...

    @property
    def parts(self) -> Mapping[str, Any]: ...

    @property
    def turned(self) -> Mapping[str, float]: ...

    @property
    def waits(self) -> Mapping[str, tuple[float, str]]: ...


class Watchdog:
    """`troubles` is what its last look found: sentences with names of services and parts, nothing else."""

    def __init__(self, crew: Mapping[str, Watched], clock: Callable[[], float] = time.monotonic) -> None:
        self.crew, self.clock = crew, clock
        self.patience = float(setting("STUCK_AFTER", "120"))
        self.began = self.looked = clock()
        self.troubles: list[str] = []
        self._seen: dict[tuple[str, Place], tuple[int, float]] = {}

    def run(self, stop: Event) -> None:
        while not stop.wait(LOOK_EVERY):
            self.look()

    def look(self) -> list[str]:
        found = [trouble for service in self.crew for trouble in self._troubles_of(service)]
        for new in set(found) - set(self.troubles):
            log.error("watchdog: %s", new)
        for gone in set(self.troubles) - set(found):
            log.info("watchdog: over: %s", gone)
        self.troubles, self.looked = found, self.clock()
        return found

    @property
    def what_is_wrong(self) -> list[str]:
        """Also when the watchdog itself has gone silent."""
        silent = self.clock() - self.looked > self.patience
        return [*self.troubles, *(["The watchdog has not looked around for a while."] if silent else [])]

    @property
    def what_is_away(self) -> list[str]:
        """What parts wait for without being broken: told, and no reason to start anything again."""
        return [
            f"{service}: its {part} waits: {worker.waits[part][1]}"
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

    def _is_stuck(self, worker: Watched, part: str) -> bool:
        late = self.clock() - worker.turned.get(part, self.began) > self.patience
        return late and not self._waits(worker, part)

    def _waits(self, worker: Watched, part: str) -> bool:
        at, _ = worker.waits.get(part, (float("-inf"), ""))
        return at >= worker.turned.get(part, self.began) and self.clock() - at <= self.patience

    def _stalls(self, service: str, worker: Watched) -> list[str]:
        """Events wait, nobody has failed at them, and the position does not move. (What fails again and again is
        the brake's; it has an alert of its own.)"""
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
    """The committed positions of partitions with news that this process owns, or nobody does."""
    mine = f"{socket.gethostname()}:{os.getpid()}:%"
    with looking(engine) as connection:
        rows = connection.execute(STALLED, {"service": service, "mine": mine})
        return {(row.topic, row.partition): row.committed for row in rows}
