"""The worker of one service: its relay, its consumer and its alarms, woken by the database and stopped by a signal."""

import logging
from threading import Event as Signal

import psycopg
from sqlalchemy.orm import Session, sessionmaker

from shared.alarms import ring_what_is_due
from shared.bus import EventBus
from shared.consumer import AWAY, Consumer
from shared.listening import Listeners
from shared.relay import relay_once

log = logging.getLogger(__name__)
IDLE_SECONDS, GATHER_SECONDS, AWAY_SECONDS = 1.0, 0.01, 2.0


class Worker:
    """Runs until `stop` is set; every act is a transaction, so it may be killed at any moment."""

    def __init__(
        self, listeners: Listeners, open_session: sessionmaker[Session], bus: EventBus, stop: Signal
    ):
        self.listeners, self.open_session, self.bus, self.stop = listeners, open_session, bus, stop
        self.engine = open_session.kw["bind"]
        self.ready = Signal()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self._run_while_connected()
            except (*AWAY, psycopg.OperationalError) as error:
                log.warning("%s: the database is away (%s)", self.listeners.service, type(error).__name__)
                self.stop.wait(AWAY_SECONDS)

    def _run_while_connected(self) -> None:
        consumer = Consumer(self.listeners, self.open_session, self.bus) if self.listeners.topics else None
        listening = self._listen()
        self.ready.set()
        try:
            while not self.stop.is_set():
                if not self.work(consumer):
                    self._sleep(listening)
        finally:
            listening.close()
            if consumer:
                consumer.close()

    def work(self, consumer: Consumer | None) -> int:
        """One round; how much was done, so that an idle round can sleep."""
        done = ring_what_is_due(self.listeners, self.open_session)
        done += relay_once(self.engine, self.listeners.service, self.bus)
        return done + (consumer.run_once() if consumer else 0)

    def _listen(self) -> psycopg.Connection:
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(url, autocommit=True)
        for channel in ("outbox", "event_log"):
            connection.execute(f"LISTEN {channel}")
        return connection

    def _sleep(self, listening: psycopg.Connection) -> None:
        """Until something of ours is announced, or for a while; what comes at once is taken at once."""
        ours = {self.listeners.service, *self.listeners.topics}
        for announced in listening.notifies(timeout=IDLE_SECONDS):
            if announced.payload in ours:
                self.stop.wait(GATHER_SECONDS)
                break
