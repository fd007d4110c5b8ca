"""Hears from the database that something changed, and that somebody's right to follow has ended."""

import logging
import time
from typing import LiteralString
from uuid import UUID

import gevent
import psycopg

from services.portal.live.admissions import Admissions
from services.portal.live.channels import Channels, Topic
from shared.messaging.bus.listen_connection import arrived
from shared.settings import database_url

log = logging.getLogger(__name__)
AWAY_SECONDS = 1.0
CONNECT_SECONDS = 2
LOOK_EVERY, PATIENCE = 1.5, 1.5  # seconds: of a database that hangs, the kernel says that it is well


class HasGoneSilent(Exception):
    """The database has not answered in time."""


class Notifications:
    """The one connection of this process that listens."""

    def __init__(self, channels: Channels, admissions: Admissions) -> None:
        self.channels, self.admissions = channels, admissions
        self.is_listening = False

    @property
    def what_is_wrong(self) -> list[str]:
        return [] if self.is_listening else ["Live does not hear the database's announcements."]

    @property
    def what_is_away(self) -> list[str]:
        return []

    def run(self) -> None:
        while True:
            try:
                self._listen()
            except (psycopg.OperationalError, HasGoneSilent):
                log.warning("live: the database is away")
            except Exception:
                log.exception("live: listening failed")
            self.admissions.look()  # nobody tells us now
            gevent.sleep(AWAY_SECONDS)

    def _listen(self) -> None:
        """Until the connection ends. It is closed by hand: `with` would ask a silent database to roll back first."""
        url = database_url("portal").replace("+psycopg", "", 1)
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
        try:
            ask(connection, "LISTEN live")
            ask(connection, "LISTEN ended")
            self.is_listening = True
            self.channels.stir_all()
            gevent.spawn(self._make_good)
            while True:
                self._hear(connection)
                ask(connection, "SELECT 1")
        finally:
            self.is_listening = False
            connection.close()

    def _make_good(self) -> None:
        """Asks about what ended before we listened, until identity has answered."""
        while self.is_listening and not self.admissions.look():
            gevent.sleep(AWAY_SECONDS)

    def _hear(self, connection: psycopg.Connection) -> None:
        until = time.monotonic() + LOOK_EVERY
        while (left := until - time.monotonic()) > 0:
            for notice in arrived(connection, left):
                self._pass_on(notice.channel, notice.payload)

    def _pass_on(self, channel: str, payload: str) -> None:
        try:
            if channel == "ended":
                tenant, _, id = payload.partition(":")
                self.admissions.end(UUID(tenant), UUID(id))
            else:
                self.channels.stir(Topic.named(payload))
        except ValueError:
            log.warning("live: woken by something that is no address")


def ask(connection: psycopg.Connection, question: LiteralString) -> None:
    with gevent.Timeout(PATIENCE, HasGoneSilent):
        connection.execute(question)
