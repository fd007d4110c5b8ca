"""The worker of one service: relay and timers, consumer, and jobs, a thread each, until a signal stops them."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import partial
from threading import Event as Signal

import psycopg
from sqlalchemy import Connection
from sqlalchemy.orm import Session, sessionmaker

from shared.connecting import looking
from shared.messaging.bus import BusAway, EventBus
from shared.messaging.bus.fair_relay import Backpressure
from shared.messaging.bus.listen_connection import OUTBOX, TIMER, Notifications, notifications_for
from shared.messaging.consumer import AWAY, Consumer
from shared.messaging.dead_letters.replaying import Replay, tally
from shared.messaging.listeners import Listeners, RunsJobs
from shared.messaging.relay import Relay, relaying
from shared.messaging.timers import due_timers, run_all, seconds_to_the_next
from shared.telemetry.here import working_for

log = logging.getLogger(__name__)
SCAN_SECONDS = 30.0  # until a part looks though nothing was notified: a lost LISTEN costs at most that
STEP_SECONDS, AWAY_SECONDS = 1.0, 2.0  # until a part that sleeps sees the stop; until it tries again
FREED_EVERY, AT_A_TIME = 5.0, 1.0  # seconds between two looks at dead letters that are free, and for each


class Worker:
    """Runs until `stop` is set; each step is a transaction, so it may be killed at any moment.

    The watchdog reads `last_progress`, when each part last finished a step (time.monotonic), and `waiting_for`, when it last met
    something that was away, and what.
    """

    def __init__(
        self, listeners: Listeners, open_session: sessionmaker[Session], bus: EventBus, stop: Signal
    ):
        self.listeners, self.open_session, self.bus, self.stop = listeners, open_session, bus, stop
        self.engine = open_session.kw["bind"]
        self.last_progress: dict[str, float] = {}
        self.waiting_for: dict[str, tuple[float, str]] = {}
        self._timers_at = self._freed_at = 0.0  # when to look for timers and for freed dead letters next
        self._backpressure = Backpressure()
        self.parts: dict[str, Callable[[], None]] = {"relay": self._relay}
        if listeners.topics:
            self.parts["consumer"] = self._consume
        self.parts |= {job.__name__: partial(self._run_job, job) for job in listeners.jobs}

    @property
    def is_ready(self) -> bool:
        """Every part has finished a step, or waits for something that is away."""
        return self.last_progress.keys() | self.waiting_for.keys() >= self.parts.keys()

    def run(self) -> None:
        """Raises what broke a part; the others stop then, too."""
        with ThreadPoolExecutor(len(self.parts), self.listeners.service) as crew:
            parts = [crew.submit(self._persist, name, part) for name, part in self.parts.items()]
            done, _ = wait(parts, return_when=FIRST_EXCEPTION)
            self.stop.set()
        self.bus.close()
        for part in done:
            part.result()

    def _persist(self, name: str, part: Callable[[], None]) -> None:
        """Starts the part again whenever the database or the broker was away."""
        with working_for(self.listeners.service):
            while not self.stop.is_set():
                try:
                    part()
                except (*AWAY, psycopg.OperationalError) as error:
                    self.waiting_for[name] = (time.monotonic(), type(error).__name__)
                    log.warning("%s: its %s waits: %s", self.listeners.service, name, type(error).__name__)
                    self.stop.wait(AWAY_SECONDS)

    def _relay(self) -> None:
        with relaying(self.engine, self.listeners.service, self.bus) as relay:
            self._whenever_notified("relay", partial(self._relay_once, relay), (OUTBOX, TIMER))

    def _relay_once(self, relay: Relay) -> float:
        window = self._backpressure.window
        try:
            result = relay.run_once(window=window)
        except BusAway:  # timers run all the same
            self._run_timers(relay.connection)
            raise
        self._backpressure.learn(window, result.published, result.wants_window, result.is_shared)
        were_due = self._run_timers(relay.connection) if time.monotonic() >= self._timers_at else 0
        if result.wants_window:
            return self._backpressure.pause
        if result.remaining or were_due:
            return 0.0
        idle = self._timers_at - time.monotonic()
        return min(idle, STEP_SECONDS) if result.is_anothers else idle

    def _run_timers(self, looking: Connection) -> int:
        """Looks again at once when some were due, because those that failed were put off; otherwise when the next is due, one is
        scheduled, or after a while. Returns how many were due."""
        wait = min(SCAN_SECONDS, seconds_to_the_next(looking))
        due = due_timers(self.listeners, looking)
        run_all(due, self.listeners, self.open_session)
        self._timers_at = 0.0 if due else time.monotonic() + wait
        return len(due)

    def _run_job(self, job: RunsJobs) -> None:
        self._whenever_notified(job.__name__, partial(self._run_once, job), (TIMER,))

    def _run_once(self, job: RunsJobs) -> float:
        with looking(self.engine) as connection:
            wait = min(SCAN_SECONDS, seconds_to_the_next(connection))
        return 0.0 if job(self.open_session) else wait

    def _whenever_notified(self, name: str, work: Callable[[], float], channels: tuple[str, ...]) -> None:
        """Runs `work` again and again; it returns for how long it has nothing to do, unless something about us is notified."""
        with notifications_for(self.engine, *channels, about=[self.listeners.service]) as notifications:
            while not self.stop.is_set():
                pause = work()
                self.last_progress[name] = time.monotonic()
                self._sleep(name, notifications, pause)

    def _sleep(self, name: str, notifications: Notifications, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.stop.is_set():
            arrived = notifications.wait(min(left, STEP_SECONDS))
            self.last_progress[name] = time.monotonic()
            if any(one.channel == TIMER for one in arrived):
                self._timers_at = 0.0
            if arrived:
                return

    def _consume(self) -> None:
        """Consumes until stopped, or until the installation has another transport: the next consumer subscribes there."""
        consumer = Consumer(self.listeners, self.open_session, self.bus)
        try:
            while not self.stop.is_set() and self.bus.is_current():
                while consumer.run_once() and not self.stop.is_set():
                    self.last_progress["consumer"] = time.monotonic()
                self._handle_what_is_freed()
                self._wait_for_news(consumer)
        finally:
            consumer.close()

    def _wait_for_news(self, consumer: Consumer) -> None:
        until = time.monotonic() + SCAN_SECONDS
        while not self.stop.is_set() and time.monotonic() < until:
            has_news = consumer.wait(STEP_SECONDS)
            self.last_progress["consumer"] = time.monotonic()
            if has_news:
                return

    def _handle_what_is_freed(self) -> None:
        """Handles events that are parked behind a dead letter that is gone; a command that was cut short leaves them to the worker."""
        if time.monotonic() < self._freed_at:
            return
        tried = tally(Replay(self.listeners, self.open_session).freed(), AT_A_TIME)
        self._freed_at = 0.0 if tried else time.monotonic() + FREED_EVERY
