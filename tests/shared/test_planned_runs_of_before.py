"""An installation of before comes along: staff go on with the runs that were planned, each organisation with its own."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.migrations.upgrade import MESSAGING_TABLES, config_for, enter
from shared.settings import database_url

BEFORE = {"publishing": "publishing_0001", "workshop": "workshop_0002"}
RUN = """
    INSERT INTO process.run (id, name, template, languages, turnout_target, version, planned_at, took_part,
        invited, themes, read_enough)
    VALUES (:id, 'Polku', 'hybrid-work', '{fi}', 0.5, 1, now(), 0, 0, '{}', '{}')"""


@pytest.fixture
def before(server, worker_id, database, monkeypatch):
    """A connection to a database with a process and these services as they were, as the owner of the tables."""
    name = f"polku_unheard_{worker_id}"
    server.provision(name)
    monkeypatch.setenv("POLKU_DATABASE", server.address(name))
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        for service, revision in {"process": "head", **BEFORE}.items():
            migrate(connection, service, revision)
        yield connection
    engine.dispose()


def migrate(connection, service: str, revision: str) -> None:
    enter(connection, service)
    MESSAGING_TABLES.create_all(connection)
    command.upgrade(config_for(service, connection), revision)
    connection.commit()


def act_for(connection, tenant) -> None:
    connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})


def a_run_of(connection, tenant):
    run = uuid4()
    act_for(connection, tenant)
    connection.execute(text(RUN), {"id": run})
    connection.commit()
    return run


def test_staff_go_on_with_the_runs_that_were_planned_before(before):
    planned = {tenant: a_run_of(before, tenant) for tenant in (uuid4(), uuid4())}
    for service in BEFORE:
        migrate(before, service, "head")
        for tenant, run in planned.items():
            act_for(before, tenant)
            assert before.scalars(text("SELECT run_id FROM planned_run")).all() == [run]
            before.commit()


def test_the_rows_of_an_organisation_stay_guarded(before):
    for service in BEFORE:
        migrate(before, service, "head")
    guarded = "SELECT relforcerowsecurity FROM pg_class WHERE relnamespace::regnamespace::text || '.' || relname = :table"
    for table in ("process.run", *(f"{service}.planned_run" for service in BEFORE)):
        assert before.scalar(text(guarded), {"table": table}), table
