"""One connection that LISTENs for all parts of a process. A notification only wakes; the tables are the truth.

A connection is a process of the server, and each one that listens is woken by every commit that notifies.
"""

import logging
import os
import select
from collections.abc import Collection
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import psycopg

from shared.connecting import connect

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger(__name__)
OUTBOX, TIMER, EVENT_LOG = CHANNELS = ("outbox", "timer", "event_log")
_connections: dict[Any, "ListenConnection"] = {}  # by database
_lock = Lock()  # while one is opened, joined, left or closed


class Notifications:
    """The queue in which one part of a process finds the notifications that are for it."""

    def __init__(
        self, connection: "ListenConnection", channels: Collection[str], about: Collection[str]
    ) -> None:
        self.connection, self.channels, self.about = connection, channels, about
        self.queue: SimpleQueue[psycopg.Notify | None] = SimpleQueue()  # None: nothing more will come

    def __enter__(self) -> "Notifications":
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.leave(self)

    def wait(self, seconds: float) -> list[psycopg.Notify]:
        """Waits at most so long for a notification; returns all that have arrived. Raises OperationalError when the connection is
        lost."""
        found, wait = list[psycopg.Notify](), max(0.0, seconds)
        try:
            while (notice := self.queue.get(timeout=wait)) is not None:
                found.append(notice)
                wait = 0.0
        except Empty:
            return found
        raise psycopg.OperationalError("The connection that listens is lost.")


class ListenConnection:
    """A connection that listens, and the queues that share it. It closes with the last of them, or when it breaks."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.queues: set[Notifications] = set()
        self.is_over = False
        self._end, self._write_the_end = os.pipe()
        self.thread = Thread(target=self._listen, name="notifications", daemon=True)
        self.thread.start()

    def leave(self, queue: Notifications) -> None:
        with _lock:
            self.queues.discard(queue)
            is_last = not self.queues and not self.is_over
            if is_last:
                self.is_over = True
                os.write(self._write_the_end, b"!")
        if is_last:
            self.thread.join()

    def _listen(self) -> None:
        try:
            while not self.is_over:
                for notice in arrived(self.connection, None, self._end):
                    self._pass_on(notice)
        except (
            psycopg.OperationalError
        ) as lost:  # the queues learn of it below; their owners open another connection
            log.warning("the connection that listens is lost: %s", type(lost).__name__)
        finally:
            self._close()

    def _pass_on(self, notice: psycopg.Notify) -> None:
        with _lock:
            queues = list(self.queues)
        for queue in queues:
            if notice.channel in queue.channels and notice.payload in queue.about:
                queue.queue.put(notice)

    def _close(self) -> None:
        with _lock:
            self.is_over = True
            for queue in self.queues:
                queue.queue.put(None)
            os.close(self._end)
            os.close(self._write_the_end)
        self.connection.close()


def notifications_for(engine: "Engine", *channels: str, about: Collection[str]) -> Notifications:
    """Returns a queue of what is notified from now on, on these of CHANNELS, about one of these (a service, or topics)."""
    url = engine.url
    database = (url.host, url.port, url.database)
    with _lock:
        connection = _connections.get(database)
        if connection is None or connection.is_over:
            connection = _connections[database] = ListenConnection(listening(engine, *CHANNELS))
        queue = Notifications(connection, channels, about)
        connection.queues.add(queue)
    return queue


def listening(engine: "Engine", *channels: str) -> psycopg.Connection:
    """Opens a connection of its own that listens to these channels."""
    url = engine.url
    connection = connect(
        **url.translate_connect_args(username="user", database="dbname"), **url.query, autocommit=True
    )
    for channel in channels:
        connection.execute(f"LISTEN {channel}")
    return connection


def arrived(connection: psycopg.Connection, seconds: float | None, *others: int) -> list[psycopg.Notify]:
    """Waits at most so long, or until another of these files can be read; returns what has arrived. It sleeps in the kernel: psycopg's
    own waiting wakes ten times a second, which would be most of what an idle process does."""
    arrives = select.poll()
    for file in (connection.fileno(), *others):
        arrives.register(file, select.POLLIN)
    waits = None if seconds is None else 1000 * max(0.0, seconds)
    return list(connection.notifies(timeout=0)) if arrives.poll(waits) else []
