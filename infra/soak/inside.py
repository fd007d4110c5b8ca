"""The operator's view of a running installation: its processes, its database as owner, its events."""

import json
import os
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, create_engine, text

from infra.installation import Installation
from infra.postgres import Postgres
from infra.rooms import with_room
from shared.bus import Outgoing, Record
from shared.bus.road import Road
from shared.events import Undecodable, open_where_it_lies
from shared.listening import Listeners
from shared.settings import secrets

LISTENING = with_room("listeners")
WHERE_EVENTS_LIE = text("SELECT topic, partition, next_position FROM log_partition WHERE next_position > 0")


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
        self.road = Road(self.owner, "admin")

    def engine_of(self, role: str, schema: str) -> Engine:
        who = f"postgresql+psycopg://{role}:{secrets()['database'][role]}@{self.postgres.address()}"
        options = {"options": f"-c search_path={schema},bus"}
        return create_engine(who, connect_args=options, hide_parameters=True, pool_pre_ping=True)

    def listeners(self, service: str) -> Listeners:
        return import_module(f"services.{service}.listeners").listeners

    def newest(self, dice: random.Random, at_most: int, topics: Iterable[str] | None = None) -> list[Record]:
        """The last events of one partition, of these topics, as far as they can be read; none while nothing was told."""
        with self.owner.connect() as connection:
            places = connection.execute(WHERE_EVENTS_LIE).all()
        if ours := [place for place in places if topics is None or place.topic in topics]:
            topic, partition, end = dice.choice(ours)
            return list(filter(is_readable, self.road.read(topic, partition, max(0, end - at_most), at_most)))
        return []

    def tell(self, events: list[Outgoing]) -> None:
        with self.owner.begin() as connection:
            self.road.publish(connection, events)

    def worker(self, service: str) -> psutil.Process:
        """The one that runs now; psutil.NoSuchProcess while the supervisor starts another."""
        return noted(self.polku.home / "run" / f"{service}-worker.json")

    @property
    def broker(self) -> psutil.Process | None:
        note = self.polku.home / "kafka" / "broker.json"
        return noted(note) if note.exists() else None


def is_readable(record: Record) -> bool:
    try:
        open_where_it_lies(record)
    except Undecodable:
        return False
    return True


def noted(note: Path) -> psutil.Process:
    pid, born = json.loads(note.read_text())
    process = psutil.Process(pid)
    if process.create_time() != born:
        raise psutil.NoSuchProcess(pid)
    return process


def where_kafka_is(home: Path) -> dict[str, str]:
    """As the launcher of the pieces has told them; nothing where events travel through PostgreSQL."""
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
