"""A small service of our own to try messaging on: notes, in the schema of workshop."""

from itertools import groupby
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Mapped

from shared.contracts.workshop import RoundStarted
from shared.database import base_for, new_id, worker_engine_of, worker_sessions_of
from shared.messaging.bus import Outgoing
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.events import Event, envelope_for
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.migrations.protect import ROW_SECURITY
from shared.settings import database_url
from shared.tenancy.sessions import TenantOwned

SERVICE = "workshop"
Base = base_for(SERVICE)


class Note(TenantOwned, TellsOthers, SetsTimers, Base):
    """Something somebody wrote down."""

    __tablename__ = "note"
    id: Mapped[UUID] = new_id()
    words: Mapped[str]

    def say(self, round: int = 1) -> None:
        self.tell(RoundStarted(run_id=self.id, round=round))


@pytest.fixture(scope="session")
def notes(database):
    owner = create_engine(database_url("polku_owner"), pool_pre_ping=True)
    with owner.begin() as connection:
        connection.execute(text(f"SET search_path TO {SERVICE}"))
        if not connection.scalar(text("SELECT to_regclass('note')")):
            Base.metadata.create_all(connection)
            for line in ROW_SECURITY:
                connection.execute(text(line.format(table="note")))
    yield worker_sessions_of(SERVICE)
    with owner.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {SERVICE}.note"))
    owner.dispose()


@pytest.fixture
def engine(notes):
    return worker_engine_of(SERVICE)


@pytest.fixture(scope="session")
def owner_of_tables(notes):
    """Who owns the tables, in the schema of our service: what no service may do, and a test must."""
    owner = as_owner(SERVICE)
    yield owner
    owner.dispose()


def as_owner(service: str) -> Engine:
    path = {"options": f"-csearch_path={service},bus"}
    return create_engine(database_url("polku_owner"), pool_pre_ping=True, connect_args=path)


def empty_the_bus(owner: Engine) -> None:
    messaging = ("outbox", "inbox", "dead_letter", "discarding", "partition_halt", "timer")
    with owner.begin() as connection:
        for table in (*messaging, "event_log", "group_partition", "group_member"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE log_partition SET next_position = 0"))


@pytest.fixture
def bus(engine, owner_of_tables):
    """The bus of this test alone: empty before."""
    empty_the_bus(owner_of_tables)
    return PostgresEventBus(engine, lease=2.0)


def lay(bus, *events: Outgoing) -> int:
    """Put events on the bus as the services do, each on its own topics."""
    laid = 0
    for source, theirs in groupby(events, key=lambda event: event.topic.partition(".")[0]):
        with worker_engine_of(source).begin() as connection:
            laid += bus.publish(connection, list(theirs))
    return laid


def on_its_way(event: Event) -> Outgoing:
    """As its own service tells it."""
    row = envelope_for(event, event.topic.partition(".")[0]).as_row()
    return Outgoing(row["topic"], row["key"], row["headers"], row["value"])
