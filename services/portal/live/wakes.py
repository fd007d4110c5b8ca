"""Hears from the database that something changed."""

import logging
from typing import LiteralString

import gevent
import psycopg

from services.portal.live.channels import Channels, Topic
from shared.settings import database_url

log = logging.getLogger(__name__)
AWAY_SECONDS = 1.0
CONNECT_SECONDS = 10
LOOK_EVERY, PATIENCE = 5.0, 5.0  # seconds: of a database that hangs, the kernel says that it is well


class HasGoneSilent(Exception):
    """The database has not answered in time."""


class Wakes:
    """The one connection of this process that listens."""

    def __init__(self, channels: Channels) -> None:
        self.channels = channels
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
            gevent.sleep(AWAY_SECONDS)

    def _listen(self) -> None:
        """Until the connection ends. It is closed by hand: `with` would ask a silent database to roll back first."""
        url = database_url("portal").replace("+psycopg", "", 1)
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
        try:
            ask(connection, "LISTEN live")
            self.is_listening = True
            self.channels.stir_all()
            while True:
                self._hear(connection)
                ask(connection, "SELECT 1")
        finally:
            self.is_listening = False
            connection.close()

    def _hear(self, connection: psycopg.Connection) -> None:
        for notice in connection.notifies(timeout=LOOK_EVERY):
            self._pass_on(notice.payload)

    def _pass_on(self, payload: str) -> None:
        try:
            self.channels.stir(Topic.named(payload))
        except ValueError:
            log.warning("live: woken by something that is no address")


def ask(connection: psycopg.Connection, question: LiteralString) -> None:
    with gevent.Timeout(PATIENCE, HasGoneSilent):
        connection.execute(question)
