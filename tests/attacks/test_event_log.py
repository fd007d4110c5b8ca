"""As one service, with its own password: nothing is told in another's name, and nothing of the log is changed."""

from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from shared.bus.postgres import APPEND
from shared.consumer import Consumer
from shared.contracts.process import PhaseOpened
from shared.contracts.workshop import RoundStarted
from shared.database import engine_of
from shared.events import envelope_for
from shared.listening import Listeners
from tests.shared.conftest import SERVICE, lay, on_its_way
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables

ATTACKER = "lineage"
TOPIC = PhaseOpened.topic


@pytest.fixture
def lineage(bus) -> Engine:
    """Who has got hold of lineage's password."""
    return engine_of(ATTACKER)


def forged() -> dict:
    """A phase that process never opened."""
    row = envelope_for(
        PhaseOpened(run_id=uuid4(), phase="views", activities=["give_views"]), "process"
    ).as_row()
    return row | {"headers": Jsonb(row["headers"])}


def refused(engine: Engine, statement: str, **values: object) -> None:
    with pytest.raises(ProgrammingError) as refusal, engine.begin() as connection:
        connection.execute(text(statement), values)
    assert refusal.value.orig.sqlstate == "42501"  # insufficient privilege


def on_the_log(owner: Engine) -> list:
    with owner.connect() as connection:
        return list(connection.execute(text("SELECT topic, headers FROM event_log")))


def test_nobody_forges_a_phase_by_writing_to_the_log(lineage, owner_of_tables, avi):
    refused(
        lineage,
        "INSERT INTO bus.event_log (topic, partition, position, key, headers, value)"
        " VALUES (:topic, 0, 0, :key, :headers, :value)",
        **forged(),
    )
    assert on_the_log(owner_of_tables) == []


def test_nobody_forges_a_phase_through_the_function(lineage, owner_of_tables, avi):
    names = {"topics": "topic", "keys": "key", "headers": "headers", "values": "value"}
    row = forged()
    with pytest.raises(ProgrammingError) as refusal, lineage.begin() as connection:
        connection.execute(APPEND, {many: [row[one]] for many, one in names.items()})
    assert refusal.value.orig.sqlstate == "42501"
    assert on_the_log(owner_of_tables) == []


def test_the_log_says_by_itself_whose_an_event_is(bus, owner_of_tables, avi):
    told = on_its_way(RoundStarted(run_id=uuid4(), round=1))
    told.headers["ce_source"] = "/polku/process"
    lay(bus, told)
    [(_, headers)] = on_the_log(owner_of_tables)
    assert headers == told.headers | {"ce_source": "/polku/workshop"}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bus.event_log",
        "UPDATE bus.event_log SET value = ''",
        "TRUNCATE bus.event_log",
        "UPDATE bus.log_partition SET next_position = 0",
        "DELETE FROM bus.log_partition",
        "INSERT INTO bus.log_partition (topic, partition, next_position) VALUES ('process.run', 9, 9)",
        "UPDATE bus.road SET name = 'kafka'",
        "DELETE FROM bus.road",
    ],
)
def test_nobody_takes_anything_out_of_the_log_or_rewinds_it(lineage, statement):
    refused(lineage, statement)


def test_nobody_moves_the_end_of_anothers_topic(lineage):
    refused(lineage, "SELECT bus.note_ends(ARRAY['process.run'], ARRAY[0], ARRAY[CAST(1000 AS bigint)])")


def test_what_is_told_by_another_than_its_service_is_a_dead_letter(bus, engine, notes, avi):
    """As it could lie on a broker that lets everybody write. On PostgreSQL the log itself would not take it."""
    handled, listeners = [], Listeners(SERVICE)
    listeners.on(RoundStarted)(lambda started, session: handled.append(started))
    consumer = Consumer(listeners, notes, bus)
    told = on_its_way(RoundStarted(run_id=uuid4(), round=1))
    lay(bus, told)
    records = consumer.subscription.poll(10)
    records[0].headers["ce_source"] = f"/polku/{ATTACKER}"
    consumer._handle(records)
    consumer.close()
    with engine.connect() as connection:
        [reason] = connection.scalars(text("SELECT reason FROM dead_letter"))
    assert (handled, "does not tell such events" in reason) == ([], True)
