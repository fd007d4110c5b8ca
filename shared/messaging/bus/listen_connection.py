"""What PostgreSQL announces, heard on one connection for all parts of a process; the announcement only wakes, the tables are the truth.

A connection is a process of the server, and each one that listens is woken by every commit that announces anything.
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
OUTBOX, ALARM, EVENT_LOG = CHANNELS = ("outbox", "alarm", "event_log")
_lines: dict[Any, "Line"] = {}  # by database
_lock = Lock()  # of who opens a line, of who is on it, and of its end


class Ear:
    """Where one part finds what was announced to it."""

    def __init__(self, line: "Line", channels: Collection[str], about: Collection[str]) -> None:
        self.line, self.channels, self.about = line, channels, about
        self.told: SimpleQueue[psycopg.Notify | None] = SimpleQueue()  # None: nothing more will come

    def __enter__(self) -> "Ear":
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def close(self) -> None:
        self.line.leave(self)


class Line:
    """A connection that listens, with those who share it. It ends with the last of them, or when it breaks."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.ears: set[Ear] = set()
        self.is_over = False
        self._end, self._tells_the_end = os.pipe()
        self.hearing = Thread(target=self._hear, name="announcements", daemon=True)
        self.hearing.start()

    def leave(self, ear: Ear) -> None:
        with _lock:
            self.ears.discard(ear)
            is_last = not self.ears and not self.is_over
            if is_last:
                self.is_over = True
                os.write(self._tells_the_end, b"!")
        if is_last:
            self.hearing.join()

    def _hear(self) -> None:
        try:
            while not self.is_over:
                for notice in arrived(self.connection, None, self._end):
                    self._pass_on(notice)
        except psycopg.OperationalError as lost:  # whoever is on it is told below, and opens another
            log.warning("the connection that listens is lost: %s", type(lost).__name__)
        finally:
            self._hang_up()

    def _pass_on(self, notice: psycopg.Notify) -> None:
        with _lock:
            ears = list(self.ears)
        for ear in ears:
            if notice.channel in ear.channels and notice.payload in ear.about:
                ear.told.put(notice)

    def _hang_up(self) -> None:
        with _lock:
            self.is_over = True
            for ear in self.ears:
                ear.told.put(None)
            os.close(self._end)
            os.close(self._tells_the_end)
        self.connection.close()


def ear_for(engine: "Engine", *channels: str, about: Collection[str]) -> Ear:
    """Hears from now on what is announced on these of CHANNELS about one of these (a service, or topics)."""
    url = engine.url
    database = (url.host, url.port, url.database)
    with _lock:
        line = _lines.get(database)
        if line is None or line.is_over:
            line = _lines[database] = Line(listening(engine, *CHANNELS))
        ear = Ear(line, channels, about)
        line.ears.add(ear)
    return ear


def announced(ear: Ear, seconds: float) -> list[psycopg.Notify]:
    """Waits at most so long for an announcement; returns all that have arrived, nothing when there was none."""
    told, wait = list[psycopg.Notify](), max(0.0, seconds)
    try:
        while (notice := ear.told.get(timeout=wait)) is not None:
            told.append(notice)
            wait = 0.0
    except Empty:
        return told
    raise psycopg.OperationalError("The connection that listens is lost.")


def listening(engine: "Engine", *channels: str) -> psycopg.Connection:
    """A connection of its own."""
    url = engine.url
    connection = connect(
        **url.translate_connect_args(username="user", database="dbname"), **url.query, autocommit=True
    )
    for channel in channels:
        connection.execute(f"LISTEN {channel}")
    return connection


def arrived(connection: psycopg.Connection, seconds: float | None, *others: int) -> list[psycopg.Notify]:
    """Waits at most so long, or until another of these files can be read. It sleeps in the kernel: psycopg's own waiting
    wakes up ten times a second, which is what an idle process would spend most on."""
    arrives = select.poll()
    for file in (connection.fileno(), *others):
        arrives.register(file, select.POLLIN)
    waits = None if seconds is None else 1000 * max(0.0, seconds)
    return list(connection.notifies(timeout=0)) if arrives.poll(waits) else []
