"""The operator's view of a running installation: its processes, its database as owner, its events."""

import json
import os
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil
from kafka.errors import KafkaError
from sqlalchemy import Engine, Row, create_engine, text

from infra.database.postgres import Postgres
from infra.demo.installation import Installation
from infra.rooms import with_room
from shared.messaging.bus import BusAway, Outgoing, Record
from shared.messaging.bus.transport import EventTransport
from shared.messaging.events import Envelope, Undecodable, open_where_it_lies
from shared.messaging.listeners import Listeners
from shared.settings import secrets

LISTENING = with_room("listeners")
PAGE, LOOK_EVERY = 1000, 1.0
WHERE_EVENTS_LIE = text(
    "SELECT topic, partition, next_position FROM log_partition WHERE next_position > 0 ORDER BY topic, partition"
)


@dataclass
class Inside:
    """Settings are this process's from now on: one installation a process."""

    polku: Installation

    def __post_init__(self) -> None:
        home = self.polku.home
        os.environ |= {
            "POLKU_HOME": str(home),
            "POLKU_SECRETS": str(home / "secrets.json"),
            "POLKU_JWKS": str(home / "jwks.json"),
        }
        self.postgres = Postgres(home, secrets())
        os.environ |= {"POLKU_DATABASE": self.postgres.address()} | where_kafka_is(home)
        self.owner = self.engine_of("polku_owner", "bus")
        self.transport = EventTransport(self.owner, "admin")

    def engine_of(self, role: str, schema: str) -> Engine:
        who = f"postgresql+psycopg://{role}:{secrets()['database'][role]}@{self.postgres.address()}"
        options = {"options": f"-c search_path={schema},bus"}
        return create_engine(who, connect_args=options, hide_parameters=True, pool_pre_ping=True)

    def listeners(self, service: str) -> Listeners:
        return import_module(f"services.{service}.listeners").listeners

    def newest(self, dice: random.Random, at_most: int, topics: Iterable[str] | None = None) -> list[Record]:
        """The last events of one partition, of these topics, as far as they can be read; none while nothing was told."""
        if ours := [place for place in self.places() if topics is None or place.topic in topics]:
            topic, partition, end = dice.choice(ours)
            return list(filter(opened, self.transport.read(topic, partition, max(0, end - at_most), at_most)))
        return []

    def every_record(self, patience: float = 0.0) -> Iterator[Record]:
        """Partition by partition, each from its beginning to where it ends now; a broker that is away may be so for `patience`
        seconds in all."""
        deadline = time.monotonic() + patience
        for topic, partition, end in self.places():
            for start in range(0, end, PAGE):
                yield from self._page(topic, partition, start, min(PAGE, end - start), deadline)

    def _page(self, topic: str, partition: int, start: int, length: int, deadline: float) -> list[Record]:
        while True:
            try:
                return self.transport.read(topic, partition, start, length)
            except (BusAway, KafkaError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(LOOK_EVERY)

    def places(self) -> Sequence[Row]:
        with self.owner.connect() as connection:
            return connection.execute(WHERE_EVENTS_LIE).all()

    def tell(self, events: list[Outgoing]) -> None:
        """As the service whose topic it is: the log takes an event from nobody else."""
        by_service = groupby(events, lambda event: event.topic.partition(".")[0])
        for service, told in by_service:
            engine = self.engine_of(f"{service}_worker", service)
            with engine.begin() as connection:
                self.transport.publish(connection, list(told))
            engine.dispose()

    def worker(self, service: str) -> psutil.Process:
        """The one that runs now; psutil.NoSuchProcess while the supervisor starts another."""
        return noted(self.polku.home / "run" / f"{service}-worker.json")

    @property
    def broker(self) -> psutil.Process | None:
        note = self.polku.home / "kafka" / "broker.json"
        return noted(note) if note.exists() else None


def opened(record: Record) -> Envelope | None:
    """None for what nobody can read."""
    try:
        return open_where_it_lies(record)
    except Undecodable:
        return None


def noted(note: Path) -> psutil.Process:
    pid, born = json.loads(note.read_text())
    process = psutil.Process(pid)
    if process.create_time() != born:
        raise psutil.NoSuchProcess(pid)
    return process


def where_kafka_is(home: Path) -> dict[str, str]:
    """As the launcher has told it to the processes; nothing where events travel through PostgreSQL."""
    properties = home / "kafka" / "server.properties"
    if not properties.exists():
        return {}
    said: dict[str, Any] = dict(re.findall(r"^([\w.]+)=(.*)$", properties.read_text(), re.M))
    port = re.search(r"CLIENTS://127\.0\.0\.1:(\d+)", said["listeners"])
    security = (
        "SASL_PLAINTEXT"
        if "CLIENTS:SASL_PLAINTEXT" in said["listener.security.protocol.map"]
        else "PLAINTEXT"
    )
    return {"POLKU_KAFKA": f"127.0.0.1:{port[1]}", "POLKU_KAFKA_SECURITY": security} if port else {}
