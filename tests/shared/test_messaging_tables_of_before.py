"""An installation of before comes along: what it had scheduled, could not handle and had halted is there under today's names."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, func, select, text

from shared.contracts.workshop import RoundStarted
from shared.database import entering, sessions_on
from shared.messaging.bus import Record
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.transport import current_transport
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters import listing, partition_halt
from shared.messaging.dead_letters.replaying import Replay
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.messaging.scheduling import schedule
from shared.messaging.timers import run_due_timers
from shared.migrations.upgrade import up
from shared.settings import database_url, worker_of
from shared.tenancy.sessions import acting_for
from tests.conftest import copy_of_the_template

SERVICE = "workshop"
AS_THEY_WERE = f"""
    ALTER TABLE bus.transport RENAME TO road;
    SET LOCAL search_path TO {SERVICE};
    ALTER TABLE timer RENAME TO alarm;
    ALTER INDEX ix_timer_due_at RENAME TO ix_alarm_due_at;
    ALTER INDEX timer_pkey RENAME TO alarm_pkey;
    ALTER TABLE partition_halt RENAME COLUMN resumed_by TO released_by;
    ALTER TABLE partition_halt RENAME TO brake;
    ALTER INDEX partition_halt_pkey RENAME TO brake_pkey"""
SCHEDULED = (
    f"INSERT INTO {SERVICE}.alarm VALUES (:tenant, 'wake_up', :about, now() + CAST(:within AS interval), 2)"
)
DEAD = f"""
    INSERT INTO {SERVICE}.dead_letter (topic, partition, position, key, headers, value, state, reason)
    VALUES ('workshop.round', 0, 4, :key, CAST(:headers AS jsonb), :value, 'dead', 'ValueError at x.py:1')"""
HALTED = f"INSERT INTO {SERVICE}.brake VALUES ('process.run', 1, 7, 'ValueError at x.py:1', now(), NULL)"
READ_SO_FAR = f"INSERT INTO bus.group_partition (grp, topic, partition, committed) VALUES ('{SERVICE}', 'process.run', 1, 7)"


@pytest.fixture
def owner(server, worker_id, database, monkeypatch):
    """Of a database whose tables have the names of before."""
    name = f"polku_words_{worker_id}"
    copy_of_the_template(server, name)
    monkeypatch.setenv("POLKU_DATABASE", server.address(name))
    engine = create_engine(database_url("polku_owner"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(AS_THEY_WERE))
    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def worker():
    """Opens sessions in the worker's role, in that database."""
    return sessions_on(entering(worker_of(SERVICE), SERVICE, poolclass=NullPool), SERVICE)


@pytest.fixture
def listeners():
    ours = Listeners(SERVICE)
    ours.woken, ours.heard = [], []
    ours.when_due("wake_up")(lambda about, session: ours.woken.append(about))

    @ours.on(RoundStarted)
    def hear(happened, session):
        ours.heard.append(happened.round)

    return ours


def migrate() -> None:
    up([SERVICE])


def test_what_was_scheduled_before_is_done_once_and_at_its_moment(owner, worker, listeners, avi, kela):
    due, later = uuid4(), uuid4()
    with owner.begin() as connection:
        connection.execute(text(SCHEDULED), {"tenant": avi, "about": due, "within": "-1 hour"})
        connection.execute(text(SCHEDULED), {"tenant": kela, "about": later, "within": "1 hour"})
    migrate()
    assert (run_due_timers(listeners, worker), run_due_timers(listeners, worker)) == (1, 0)
    assert listeners.woken == [due]
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE {SERVICE}.timer SET due_at = now()"))
    assert run_due_timers(listeners, worker) == 1 and listeners.woken == [due, later]


def test_a_dead_letter_of_before_is_handled_once_its_service_is_mended(owner, worker, listeners, avi):
    with acting_for(avi):
        row = envelope_for(RoundStarted(run_id=uuid4(), round=3), SERVICE).as_row()
    headers = text("SELECT CAST(:headers AS jsonb)")
    with owner.begin() as connection:
        given = {"key": row["key"], "headers": str(row["headers"]).replace("'", '"'), "value": row["value"]}
        assert connection.scalar(headers, {"headers": given["headers"]}) == row["headers"]
        connection.execute(text(DEAD), given)
    migrate()
    assert list(Replay(listeners, worker).all()) == ["settled"] and listeners.heard == [3]


def test_a_partition_that_was_halted_before_stays_so_until_it_is_resumed(owner, worker, listeners):
    with owner.begin() as connection:
        connection.execute(text(HALTED))
        connection.execute(text(READ_SO_FAR))
    migrate()
    record = Record("process.run", 1, 7, "key", {}, b"")
    with worker.kw["bind"].begin() as connection:
        assert [row.position for row in partition_halt.halted(connection, SERVICE)] == [7]
        assert partition_halt.is_halted(connection, record)
        partition_halt.resume(connection, SERVICE, "process.run", 1, "an operator")
        assert partition_halt.was_resumed(connection, record)


def test_an_installation_on_kafka_stays_there(owner):
    with owner.begin() as connection:
        connection.execute(text("UPDATE bus.road SET name = 'kafka'"))
    migrate()
    with owner.connect() as connection:
        connection.execute(text("SET search_path TO bus"))
        assert current_transport(connection) == "kafka"


def test_each_organisation_schedules_for_itself_alone_as_before(owner, avi, kela):
    migrate()
    answering = sessions_on(entering(SERVICE, SERVICE, poolclass=NullPool), SERVICE)
    with acting_for(avi), answering.begin() as session:
        schedule(session, datetime.now(UTC) + timedelta(days=1), "wake_up", avi)
    with acting_for(kela), answering.begin() as session:
        assert session.scalar(select(func.count()).select_from(text("timer"))) == 0


def test_migrating_again_changes_nothing(owner, worker, listeners):
    migrate()
    migrate()
    with worker.kw["bind"].connect() as connection:
        assert listing.counts(connection) == {"dead": 0, "parked": 0}
    Consumer(listeners, worker, PostgresEventBus(worker.kw["bind"])).close()
