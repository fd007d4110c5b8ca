"""The worker of one service: relay and alarms, listeners, and errands, a thread each, until a signal stops them."""

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
from shared.messaging.bus.fair_relay import Courtesy
from shared.messaging.bus.listen_connection import ALARM, OUTBOX, Ear, announced, ear_for
from shared.messaging.consumer import AWAY, Consumer
from shared.messaging.dead_letters.replaying import Replay, tally
from shared.messaging.listeners import Errand, Listeners
from shared.messaging.relay import Relay, relaying
from shared.messaging.timers import ring_all, seconds_to_the_next, what_is_due
from shared.telemetry.here import working_for

log = logging.getLogger(__name__)
LOOK_SECONDS = 30.0  # until a part looks though nothing was announced: a lost LISTEN costs at most that
STEP_SECONDS, AWAY_SECONDS = 1.0, 2.0  # until a part that sleeps sees the stop; until it tries again
LETTERS_EVERY, AT_A_TIME = 5.0, 1.0  # seconds between two looks at letters that are free, and for each


class Worker:
    """Runs until `stop` is set; every act is a transaction, so it may be killed at any moment.

    `turned` says when each part last came around (time.monotonic), `waits` when it last met something that was away,
    and what: the watchdog reads them.
    """

    def __init__(
        self, listeners: Listeners, open_session: sessionmaker[Session], bus: EventBus, stop: Signal
    ):
        self.listeners, self.open_session, self.bus, self.stop = listeners, open_session, bus, stop
        self.engine = open_session.kw["bind"]
        self.turned: dict[str, float] = {}
        self.waits: dict[str, tuple[float, str]] = {}
        self._alarms_at = self._letters_at = 0.0  # when to look for alarms and for letters next
        self._courtesy = Courtesy()
        self.parts: dict[str, Callable[[], None]] = {"teller": self._tell}
        if listeners.topics:
            self.parts["hearer"] = self._hear
        self.parts |= {errand.__name__: partial(self._run_errand, errand) for errand in listeners.errands}

    @property
    def is_ready(self) -> bool:
        """Every part has come around at least once, or waits for something that is away."""
        return self.turned.keys() | self.waits.keys() >= self.parts.keys()

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
        """Nothing is given up because the database or the broker is away."""
        with working_for(self.listeners.service):
            while not self.stop.is_set():
                try:
                    part()
                except (*AWAY, psycopg.OperationalError) as error:
                    self.waits[name] = (time.monotonic(), type(error).__name__)
                    log.warning("%s: its %s waits: %s", self.listeners.service, name, type(error).__name__)
                    self.stop.wait(AWAY_SECONDS)

    def _tell(self) -> None:
        with relaying(self.engine, self.listeners.service, self.bus) as relay:
            self._whenever_roused("teller", partial(self._tell_once, relay), (OUTBOX, ALARM))

    def _tell_once(self, relay: Relay) -> float:
        room = self._courtesy.room
        try:
            told = relay.go_round(room=room)
        except BusAway:  # alarms ring all the same
            self._ring(relay.connection)
            raise
        self._courtesy.learn(room, told.left, told.wants_room, told.is_shared)
        were_due = self._ring(relay.connection) if time.monotonic() >= self._alarms_at else 0
        if told.wants_room:
            return self._courtesy.pause
        if told.more or were_due:
            return 0.0
        left = self._alarms_at - time.monotonic()
        return min(left, STEP_SECONDS) if told.is_anothers else left

    def _ring(self, looking: Connection) -> int:
        """Again at once when some were due, because those that failed were put off; otherwise when the next is due, one is set,
        or after a while. Returns how many were due."""
        wait = min(LOOK_SECONDS, seconds_to_the_next(looking))
        due = what_is_due(self.listeners, looking)
        ring_all(due, self.listeners, self.open_session)
        self._alarms_at = 0.0 if due else time.monotonic() + wait
        return len(due)

    def _run_errand(self, errand: Errand) -> None:
        self._whenever_roused(errand.__name__, partial(self._run_once, errand), (ALARM,))

    def _run_once(self, errand: Errand) -> float:
        with looking(self.engine) as connection:
            wait = min(LOOK_SECONDS, seconds_to_the_next(connection))
        return 0.0 if errand(self.open_session) else wait

    def _whenever_roused(self, name: str, work: Callable[[], float], channels: tuple[str, ...]) -> None:
        """`work` says for how long it has nothing to do, unless something of ours is announced."""
        with ear_for(self.engine, *channels, about=[self.listeners.service]) as ear:
            while not self.stop.is_set():
                pause = work()
                self.turned[name] = time.monotonic()
                self._sleep(name, ear, pause)

    def _sleep(self, name: str, ear: Ear, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.stop.is_set():
            told = announced(ear, min(left, STEP_SECONDS))
            self.turned[name] = time.monotonic()
            if any(one.channel == ALARM for one in told):
                self._alarms_at = 0.0
            if told:
                return

    def _hear(self) -> None:
        """Until stopped, or until the events travel another road: then the next round begins on that one."""
        consumer = Consumer(self.listeners, self.open_session, self.bus)
        try:
            while not self.stop.is_set() and self.bus.still_leads():
                while consumer.run_once() and not self.stop.is_set():
                    self.turned["hearer"] = time.monotonic()
                self._take_up_what_is_free()
                self._wait_for_news(consumer)
        finally:
            consumer.close()

    def _wait_for_news(self, consumer: Consumer) -> None:
        until = time.monotonic() + LOOK_SECONDS
        while not self.stop.is_set() and time.monotonic() < until:
            has_news = consumer.wait(STEP_SECONDS)
            self.turned["hearer"] = time.monotonic()
            if has_news:
                return

    def _take_up_what_is_free(self) -> None:
        """Letters parked behind a dead one that is gone; whoever was cut short, in their midst, leaves them to us."""
        if time.monotonic() < self._letters_at:
            return
        tried = tally(Replay(self.listeners, self.open_session).freed(), AT_A_TIME)
        self._letters_at = 0.0 if tried else time.monotonic() + LETTERS_EVERY
