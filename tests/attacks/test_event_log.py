"""As one service, with its own passwords: nothing is told in another's name, nothing of the log is changed, and what answers
people sees the events, timers and dead letters of no other organisation."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from shared.contracts.process import PhaseOpened
from shared.contracts.workshop import RoundStarted
from shared.database import engine_of, operating, sessions_of, worker_engine_of
from shared.messaging.bus.postgres import APPEND
from shared.messaging.consumer import Consumer
from shared.messaging.dead_letters.storing import add_dead_letter
from shared.messaging.events import envelope_for
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.relay import relay_once
from shared.messaging.scheduling import schedule
from shared.tenancy.sessions import acting_for
from tests.bus.conftest import next_records
from tests.shared.conftest import SERVICE, lay, on_its_way
from tests.shared.conftest import bus as bus
from tests.shared.conftest import engine as engine
from tests.shared.conftest import notes as notes
from tests.shared.conftest import owner_of_tables as owner_of_tables

ATTACKER, VICTIM = "lineage", "voting"
DENIED, CHECKED = "42501", "23514"  # https://www.postgresql.org/docs/18/errcodes-appendix.html
AS = ("what answers people", "worker", "operator")


@pytest.fixture(params=AS)
def lineage(request, bus) -> Iterator[Engine]:
    """Who has got hold of one of lineage's passwords."""
    with operating(ATTACKER) as open_session:
        engines = (engine_of(ATTACKER), worker_engine_of(ATTACKER), open_session.kw["bind"])
        yield dict(zip(AS, engines, strict=True))[request.param]


def forged(tenant: UUID | None = None) -> dict:
    """A phase that process never opened."""
    opened = PhaseOpened(run_id=uuid4(), phase="views", activities=["give_views"])
    with acting_for(tenant or uuid4()):
        row = envelope_for(opened, "process").as_row()
    return row | {"headers": Jsonb(row["headers"])}


def refused(
    engine: Engine, statement, why: str = DENIED, /, tenant: UUID | None = None, **values: object
) -> None:
    with pytest.raises(DBAPIError) as refusal, engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        connection.execute(text(statement) if isinstance(statement, str) else statement, values)
    assert refusal.value.orig.sqlstate == why


def on_the_log(owner: Engine) -> list:
    with owner.connect() as connection:
        return list(connection.execute(text("SELECT topic, headers FROM event_log")))


WRITE = """
    INSERT INTO bus.event_log (topic, partition, position, key, headers, value)
    VALUES (:topic, 0, 0, :key, :headers, :value)"""
TELL = "INSERT INTO outbox (topic, key, headers, value) VALUES (:topic, :key, :headers, :value)"


def test_nobody_forges_a_phase_by_writing_to_the_log(lineage, owner_of_tables):
    refused(lineage, WRITE, **forged())
    assert on_the_log(owner_of_tables) == []


def test_nobody_forges_a_phase_through_the_function(lineage, owner_of_tables):
    names = {"topics": "topic", "keys": "key", "headers": "headers", "values": "value"}
    row = forged()
    refused(lineage, APPEND, **{many: [row[one]] for many, one in names.items()})
    assert on_the_log(owner_of_tables) == []


def test_nobody_forges_a_phase_through_the_own_outbox(lineage, owner_of_tables, avi):
    """The relay would carry it, or stand still before it."""
    refused(lineage, TELL, CHECKED, tenant=avi, **forged(avi))


def test_nobody_tells_an_event_of_another_organisation(lineage, avi, kela):
    refused(lineage, TELL, tenant=avi, **forged(kela) | {"topic": "lineage.tenant"})


def test_the_log_says_by_itself_whose_an_event_is(bus, owner_of_tables, avi):
    told = on_its_way(RoundStarted(run_id=uuid4(), round=1))
    told.headers["ce_source"] = "/polku/process"
    lay(bus, told)
    [(_, headers)] = on_the_log(owner_of_tables)
    assert headers == told.headers | {"ce_source": "/polku/workshop"}


def test_what_a_request_says_of_its_source_is_not_believed_by_the_relay(bus, engine, owner_of_tables, avi):
    with sessions_of(SERVICE).begin() as session:
        put_in_outbox(session, [RoundStarted(run_id=uuid4(), round=1)])
    with owner_of_tables.begin() as connection:
        connection.execute(text('UPDATE outbox SET headers = headers || \'{"ce_source": "/polku/process"}\''))
    assert relay_once(engine, SERVICE, bus) == 1
    [(_, headers)] = on_the_log(owner_of_tables)
    assert headers["ce_source"] == f"/polku/{SERVICE}"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bus.event_log",
        "UPDATE bus.event_log SET value = ''",
        "TRUNCATE bus.event_log",
        "UPDATE bus.log_partition SET next_position = 0",
        "DELETE FROM bus.log_partition",
        "INSERT INTO bus.log_partition (topic, partition, next_position) VALUES ('process.run', 9, 9)",
        "UPDATE bus.transport SET name = 'kafka'",
        "DELETE FROM bus.transport",
        "SELECT bus.note_ends(ARRAY['process.run'], ARRAY[0], ARRAY[CAST(1000 AS bigint)])",
        "ALTER TABLE bus.event_log DISABLE TRIGGER ALL",
        "DROP FUNCTION bus.append(text[], text[], jsonb[], bytea[])",
        "SET ROLE polku_owner",
        "SET SESSION AUTHORIZATION process_worker",
    ],
)
def test_nobody_takes_anything_out_of_the_log_or_moves_its_ends(lineage, statement):
    refused(lineage, statement)


@pytest.fixture
def read(bus, owner_of_tables, avi) -> Iterator[str]:
    """Another service has read as far as here, and one of its members lives."""
    lay(bus, *[on_its_way(RoundStarted(run_id=avi, round=number)) for number in range(3)])
    with owner_of_tables.begin() as connection:
        connection.execute(text(HAS_READ), {"group": VICTIM})
    yield POSITIONS


HAS_READ = """
    WITH member AS (INSERT INTO group_member VALUES (:group, 'a', now()))
    INSERT INTO group_partition (grp, topic, partition, committed, owner, epoch)
    SELECT :group, topic, partition, next_position, 'a', 7 FROM log_partition WHERE topic = 'workshop.round'"""
POSITIONS = (
    "SELECT (SELECT count(*) FROM group_member), array_agg(g ORDER BY partition) FROM group_partition g"
)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE bus.group_partition SET committed = 0",
        "UPDATE bus.group_partition SET epoch = epoch + 1",
        "DELETE FROM bus.group_partition",
        "DELETE FROM bus.group_member",
    ],
)
def test_nobody_rewinds_another_service_or_drives_it_away(bus, owner_of_tables, read, statement):
    with owner_of_tables.connect() as connection:
        before = connection.execute(text(read)).one()
    with worker_engine_of(ATTACKER).begin() as connection:
        assert connection.execute(text(statement)).rowcount == 0
    with owner_of_tables.connect() as connection:
        assert connection.execute(text(read)).one() == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO bus.group_partition (grp, topic, partition) VALUES ('voting', 'process.run', 0)",
        "INSERT INTO bus.group_member VALUES ('voting', 'a', now())",
    ],
)
def test_nobody_joins_another_services_readers(lineage, statement):
    refused(lineage, statement)


@pytest.mark.parametrize(
    "table", ["outbox", "inbox", "dead_letter", "discarding", "partition_halt", "erased_tenant"]
)
def test_what_answers_people_reads_none_of_them(bus, table):
    refused(engine_of(ATTACKER), f"SELECT FROM {table}")
    refused(engine_of(ATTACKER), f"DELETE FROM {table}")


def test_what_answers_people_sees_and_moves_the_timers_of_its_organisation_alone(bus, avi, kela):
    moments = {tenant: datetime(2030, 1, 1 + number, tzinfo=UTC) for number, tenant in enumerate((avi, kela))}
    for tenant, moment in moments.items():
        with acting_for(tenant), sessions_of(SERVICE).begin() as session:
            schedule(session, moment, "wake_up", avi)
    with acting_for(avi), sessions_of(SERVICE).begin() as session:
        assert list(session.scalars(text("SELECT due_at FROM timer"))) == [moments[avi]]
        session.execute(text("UPDATE timer SET attempts = 9"))
        assert (
            session.execute(text("DELETE FROM timer WHERE tenant_id = :kela"), {"kela": kela}).rowcount == 0
        )
    with acting_for(kela), sessions_of(SERVICE)() as session:
        assert list(session.scalars(text("SELECT attempts FROM timer"))) == [0]
    stolen = "INSERT INTO timer (tenant_id, name, about, due_at) VALUES (:kela, 'wake_up', :kela, now())"
    refused(engine_of(SERVICE), stolen, tenant=avi, kela=kela)


def test_the_operator_sees_dead_letters_of_all_and_no_event_on_the_log(bus, engine, avi, kela):
    for tenant in (avi, kela):
        with acting_for(tenant):
            lay(bus, on_its_way(RoundStarted(run_id=tenant, round=1)))
    consumer = bus.subscribe(SERVICE, [RoundStarted.topic])
    for _ in range(2):
        [record] = next_records(consumer, 1)
        with engine.begin() as connection:
            add_dead_letter(connection, record, "ValueError at x.py:1", 5)
            consumer.commit(record, connection)
    consumer.close()
    with operating(SERVICE) as open_session:
        operator = open_session.kw["bind"]
        with operator.connect() as connection:
            keys = connection.scalars(text("SELECT key FROM dead_letter"))
            assert {key.partition(":")[0] for key in keys} == {str(avi), str(kela)}
        refused(operator, "SELECT FROM bus.event_log")


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
