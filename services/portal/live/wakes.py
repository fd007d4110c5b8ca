"""Hears from the database that something changed."""

import logging

import gevent
import psycopg

from services.portal.live.channels import Channels, Topic
from shared.settings import database_url

log = logging.getLogger(__name__)
AWAY_SECONDS = 1.0


class Wakes:
    """The one connection of this process that listens."""

    def __init__(self, channels: Channels) -> None:
        self.channels = channels
        self.is_listening = False

    def run(self) -> None:
        while True:
            try:
                self._listen()
            except psycopg.OperationalError:
                log.warning("live: the database is away")
            self.is_listening = False
            gevent.sleep(AWAY_SECONDS)

    def _listen(self) -> None:
        url = database_url("portal").replace("+psycopg", "", 1)
        with psycopg.connect(url, autocommit=True, keepalives_idle=10, connect_timeout=10) as connection:
            connection.execute("LISTEN live")
            self.is_listening = True
            self.channels.stir_all()
            for notice in connection.notifies():
                self._pass_on(notice.payload)

    def _pass_on(self, payload: str) -> None:
        try:
            self.channels.stir(Topic.named(payload))
        except ValueError:
            log.warning("live: woken by something that is no address")
