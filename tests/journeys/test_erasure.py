"""Failure case 17: a client is erased, every service erases and answers, and replay from zero resurrects nothing."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Uuid,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from infra.development.new_migration import metadata_of
from services.identity import erasure
from services.identity.audit.chain import Chain
from services.identity.audit.export import read_again
from services.identity.models import Organisation, PseudonymKey
from services.identity.tenants.models.erasure import ANSWERS, Erasure, NotSuspended, StillInGrace, TooLate
from services.identity.tenants.models.organisation import LeadsOthers
from services.process.models import Run
from shared.contracts.identity import KeyDestroyed, MemberJoined, TenantErased, TenantSuspended
from shared.contracts.process import PhaseOpened, RunMoved, RunPlanned
from shared.contracts.survey import ViewShared
from shared.contracts.voting import RankingReleased
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.consumer import Consumer
from shared.messaging.relay import relay_once
from shared.messaging.timers import run_due_timers
from shared.privacy.keys import KeyName, folder_of_keys, keys_of
from shared.tenancy.rows import tables_of_organisations
from shared.tenancy.sessions import acting_for
from tests.identity.houses import avis, build, consultancy, kelas
from tests.shared.conftest import lay, on_its_way

__all__ = ["avis", "build", "consultancy", "kelas"]
SERVICES = sorted(ANSWERS)
TABLES_OF_MESSAGING = (
    "outbox",
    "inbox",
    "dead_letter",
    "timer",
    "discarding",
    "partition_halt",
    "erased_tenant",
)
LOG = ("event_log", "group_partition", "group_member")
# What remains on purpose: the tombstones, and the consultancy's record that it was done.
REMAINS = {"erased_tenant", "erasure", "erasure_answer"}
# Columns whose check constraints want more than any value of their type.
CHECKED = {
    "hearts": 0,
    "seats_by": "unit",
    "status": "stands",
    "state": "proposed",
    "basis.kind": "card",
    "outcome.kind": "insight",
    "goal": 30,
    "ends_at": datetime.now(UTC) + timedelta(days=1),
}


@pytest.fixture
def everything(server, database):
    """The database as its administrator sees it, all organisations at once; the log and the messaging tables are empty."""
    with server.connect(database) as connection:
        for service in SERVICES:
            for table in TABLES_OF_MESSAGING:
                connection.execute(sql.SQL("DELETE FROM {}.{}").format(*names(service, table)))
        for table in LOG:
            connection.execute(sql.SQL("DELETE FROM bus.{}").format(sql.Identifier(table)))
        connection.execute("UPDATE bus.log_partition SET next_position = 0")
        yield connection


def names(*parts):
    return [sql.Identifier(part) for part in parts]


@pytest.fixture
def client(avis, kelas, consultancy, everything) -> UUID:
    """A client of the consultancy with rows in every table of every service; so has its neighbour."""
    for house in (avis, kelas):
        with acting_for(house.id), worker_sessions_of("identity").begin() as session:
            Organisation.ours(session).consultancy_id = consultancy.id
        fill("process", house.id)
        tell_of_a_run(house.id, consultancy.id)
        run_everything()
        for service in SERVICES:
            fill(service, house.id)
    return avis.id


def tell_of_a_run(tenant: UUID, led_by: UUID) -> None:
    with acting_for(tenant), worker_sessions_of("process")() as session:
        run = session.scalars(select(Run.id)).one()
    theme, view = uuid4(), uuid4()
    happened = [
        MemberJoined(member_id=uuid4(), roles=["participant"]),
        RunPlanned(run_id=run, template="hybrid-work", languages=["fi"], consultancy_id=led_by),
        PhaseOpened(run_id=run, phase="views", activities=["give_views", "ground_rules"]),
        ViewShared(run_id=run, view_id=view, theme_id=theme, language="fi"),
        RankingReleased(run_id=run, theme_id=theme, ranking=[view], seats=[view], readings={str(view): 12}),
        RunMoved(run_id=run, client_id=tenant, consultancy_id=led_by, phase="views"),
    ]
    with acting_for(tenant):
        lay(PostgresEventBus(worker_engine_of("process")), *map(on_its_way, happened))


def run_everything() -> None:
    """Every service's worker, round after round, until nothing moves."""
    listening = {service: import_module(f"services.{service}.listeners").listeners for service in SERVICES}
    buses = {service: PostgresEventBus(worker_engine_of(service)) for service in SERVICES}
    consumers = {
        service: Consumer(listening[service], worker_sessions_of(service), buses[service])
        for service in SERVICES
    }
    idle = 0
    while idle < 3:
        moved = 0
        for service, consumer in consumers.items():
            moved += run_due_timers(listening[service], worker_sessions_of(service))
            moved += relay_once(worker_engine_of(service), service, buses[service])
            moved += consumer.run_once()
        idle = 0 if moved else idle + 1
    for consumer in consumers.values():
        consumer.close()


def fill(service: str, tenant: UUID) -> None:
    """A row in every table of the service that has none of this organisation yet."""
    with acting_for(tenant), worker_sessions_of(service).begin() as session:
        known: dict[str, dict] = {}
        for table in metadata_of(service).sorted_tables:
            if "tenant_id" in table.c:
                row = session.execute(table.select().limit(1)).one_or_none()
                known[table.name] = row._asdict() if row else put_one(table, known, tenant, session)


def put_one(table: Table, known: dict[str, dict], tenant: UUID, session) -> dict:
    row = {column.name: anything(column) for column in table.columns if not column.nullable} | {
        "tenant_id": tenant
    }
    for constraint in table.foreign_key_constraints:
        for element in constraint.elements if constraint.referred_table is not table else ():
            row[element.parent.name] = known[element.column.table.name][element.column.name]
    return session.execute(insert(table).values(row).returning(*table.columns)).one()._asdict()


def anything(column):
    """Some value that the column takes."""
    for name in (column.name, f"{column.table.name}.{column.name}"):
        if name in CHECKED:
            return CHECKED[name]
    fitting = {
        Uuid: uuid4(), Boolean: False, Integer: 1, Numeric: 1, Float: 1.0, JSONB: {}, ARRAY: [],
        DateTime: datetime.now(UTC), Date: datetime.now(UTC).date(), LargeBinary: b"0123456789ab",
    }  # fmt: skip
    kinds = [kind for kind in fitting if isinstance(column.type, kind)]
    return fitting[kinds[0]] if kinds else "x"


def where_it_is(everything: psycopg.Connection, tenant: UUID) -> dict[str, int]:
    """Every table of every service in which the organisation's id stands anywhere, and how often."""
    tables = everything.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2", [SERVICES]
    ).fetchall()
    found = {}
    for schema, table in tables:
        question = sql.SQL("SELECT count(*) FROM {}.{} t WHERE t::text LIKE %s").format(*names(schema, table))
        number = everything.execute(question, [f"%{tenant}%"]).fetchone()[0]
        if number and table not in REMAINS:
            found[f"{schema}.{table}"] = number
    return found


def wait_out_the_grace(client: UUID, consultancy: UUID) -> None:
    with acting_for(consultancy), worker_sessions_of("identity").begin() as session:
        Erasure.of(client, session).suspended_at -= timedelta(days=31)


def erase(house, consultancy) -> None:
    erasure.suspend(house.slug, "The contract has ended", "matti")
    wait_out_the_grace(house.id, consultancy.id)
    erasure.erase(house.slug, "matti")
    run_everything()


def sweep() -> None:
    for service in SERVICES:
        with worker_engine_of(service).begin() as connection:
            connection.execute(text("UPDATE timer SET due_at = now() WHERE name = 'sweep_once_more'"))
    run_everything()


def test_an_erased_client_is_nowhere_and_its_neighbour_is_whole(client, avis, kelas, consultancy, everything):
    before, neighbour = where_it_is(everything, client), lasting(where_it_is(everything, kelas.id))
    assert {table.partition(".")[0] for table in before} == set(SERVICES)
    erase(avis, consultancy)
    sweep()
    assert where_it_is(everything, client) == {}
    assert lasting(where_it_is(everything, kelas.id)) == neighbour


def lasting(where: dict) -> dict:
    """Without the counts of views that lie before readers, which go after minutes by themselves."""
    return {table: rows for table, rows in where.items() if table != "voting.lying"}


def test_every_service_answers_how_much_it_has_forgotten(client, avis, consultancy, everything):
    erase(avis, consultancy)
    with acting_for(consultancy.id), worker_sessions_of("identity")() as session:
        erased = Erasure.of(client, session)
        assert erased.still_silent(session) == []
        assert all(rows > 0 for rows in erased.answers(session).values())
        assert "nothing is left" in erasure.standing(erased, session)


def test_reading_the_log_anew_resurrects_nothing(client, avis, consultancy, everything):
    erase(avis, consultancy)
    sweep()
    everything.execute("UPDATE bus.group_partition SET committed = 0")
    for service in SERVICES:
        everything.execute(sql.SQL("DELETE FROM {}.inbox").format(sql.Identifier(service)))
    run_everything()
    assert where_it_is(everything, client) == {}


def test_what_was_written_while_it_was_erased_is_swept_away(client, avis, consultancy, everything):
    erase(avis, consultancy)
    fill("practice", client)
    sweep()
    assert where_it_is(everything, client) == {}


def test_no_key_of_an_erased_client_is_left_and_its_neighbours_live(client, avis, kelas, consultancy):
    for service in SERVICES:
        for house in (client, kelas.id):
            keys_of(service).make(KeyName(house, UUID(int=1), "of everybody"))
    erase(avis, consultancy)
    sweep()
    files = [path for path in folder_of_keys().glob(f"*/{client}/**/*") if path.is_file()]
    assert files == []
    assert all(
        keys_of(service).is_alive(KeyName(kelas.id, UUID(int=1), "of everybody")) for service in SERVICES
    )
    assert not any(
        keys_of(service).make(KeyName(client, UUID(int=1), "of everybody")) for service in SERVICES
    )


def test_the_keys_are_destroyed_before_anybody_erases(client, avis, consultancy, told):
    with acting_for(client), worker_sessions_of("identity").begin() as session:
        PseudonymKey.make_for(uuid4(), session)
    erasure.suspend(avis.slug, "The contract has ended", "matti")
    wait_out_the_grace(client, consultancy.id)
    erasure.erase(avis.slug, "matti")
    kinds = [type(event) for event in told("identity", KeyDestroyed, TenantErased, tenant=client)]
    assert kinds[-1] is TenantErased and KeyDestroyed in kinds
    with acting_for(client), worker_sessions_of("identity")() as session:
        assert not any(key.lives for key in session.query(PseudonymKey))


def test_a_suspended_client_gets_in_no_more_until_it_is_reopened(avis, consultancy, world, told, database):
    with acting_for(avis.id), worker_sessions_of("identity").begin() as session:
        Organisation.ours(session).consultancy_id = consultancy.id
    secret = avis.sign_in(avis.employ("Kaisa"))
    erasure.suspend(avis.slug, "Unpaid", "matti")
    assert avis.current(secret).status_code == 401
    start = {"redirect_uri": f"http://{avis.host}/sign-in/back", "back": "/"}
    assert avis.door.post("/sign-ins", json=start).json["code"] == "is-suspended"
    erasure.reopen(avis.slug)
    assert avis.person(avis.sign_in(avis.employ("Kaisa")))["name"] == "Kaisa"
    assert [type(event) for event in told("identity", TenantSuspended, tenant=avis.id)] == [TenantSuspended]


def answering(*answers):
    typed = iter(answers)
    return lambda question: next(typed)


def test_nobody_is_erased_in_haste_nor_before_the_log_is_kept(client, avis, consultancy, capsys, tmp_path):
    with pytest.raises(NotSuspended):
        erasure.erase(avis.slug, "matti")
    erasure.suspend(avis.slug, "Unpaid", "matti")
    with pytest.raises(StillInGrace):
        erasure.erase(avis.slug, "matti")
    wait_out_the_grace(client, consultancy.id)
    assert erasure.main(["erase", avis.slug], ask=lambda question: avis.slug) == 1
    assert "Nothing was erased" in capsys.readouterr().err
    log = tmp_path / "log.json"
    for kept in (tmp_path, log):  # a folder is no file: nothing is erased before the log is kept
        done = erasure.main(
            ["erase", avis.slug, "--log", str(kept)], ask=answering(avis.slug, f"erase {avis.slug}")
        )
        assert done == (0 if kept is log else 1)
    assert "nothing was erased" in capsys.readouterr().err
    organisation, entries = read_again(log.read_bytes())
    assert organisation == client and Chain(client, {}).first_break(entries) is None
    with pytest.raises(TooLate):
        erasure.reopen(avis.slug)
    with pytest.raises(LeadsOthers):
        erasure.suspend(consultancy.slug, "By mistake", "matti")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_can_put_its_tables_in_order(database, service):
    """No circle of foreign keys, of which nothing could go first."""
    with worker_engine_of(service).connect() as connection:
        assert list(tables_of_organisations(connection))
