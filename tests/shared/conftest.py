"""A small service of our own to try the mechanisms on: notes, in the schema of lineage."""

from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Mapped

from shared.bus.postgres import PostgresEventBus
from shared.contracts.workshop import RoundStarted
from shared.database import TellsOthers, base_for, engine_of, new_id, sessions_of
from shared.migrations.protect import ROW_SECURITY
from shared.settings import database_url
from shared.tenancy import TenantOwned

SERVICE = "lineage"
Base = base_for(SERVICE)


class Note(TenantOwned, TellsOthers, Base):
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
    yield sessions_of(SERVICE)
    with owner.begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {SERVICE}.note"))
    owner.dispose()


@pytest.fixture
def engine(notes):
    return engine_of(SERVICE)


def empty_the_bus(engine) -> None:
    with engine.begin() as connection:
        for table in (
            "outbox",
            "inbox",
            "dead_letter",
            "discarding",
            "brake",
            "alarm",
            "event_log",
            "log_partition",
            "group_partition",
        ):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("DELETE FROM group_member"))


@pytest.fixture
def bus(engine):
    """The bus of this test alone: empty before."""
    empty_the_bus(engine)
    return PostgresEventBus(engine, lease=2.0)
