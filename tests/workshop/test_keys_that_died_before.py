"""An installation of before comes along: which runs' keys are dead, and that sessions scheduled since take nobody."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.migrations.upgrade import MESSAGING_TABLES, config_for, enter
from shared.settings import database_url

KEY = """
    INSERT INTO identity.pseudonym_key (tenant_id, run_id, purpose, destroyed_at)
    VALUES (:tenant, :run, :purpose, CASE WHEN :died THEN now() END)"""
NOTED = "SELECT run_id, forgotten_at IS NOT NULL FROM workshop.planned_run"
DUE = "SELECT about FROM workshop.timer WHERE name = 'forget_the_run' AND due_at <= now()"
GUARDED = (
    "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname IN ('planned_run', 'pseudonym_key')"
)


@pytest.fixture
def before(server, worker_id, database, monkeypatch):
    """A connection to a database with identity as it is and workshop as it was, as the owner of the tables."""
    name = f"polku_forgotten_{worker_id}"
    server.provision(name)
    monkeypatch.setenv("POLKU_DATABASE", server.address(name))
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        migrate(connection, "identity", "head")
        migrate(connection, "workshop", "workshop_0006")
        yield connection
    engine.dispose()


def migrate(connection, service: str, revision: str) -> None:
    enter(connection, service)
    MESSAGING_TABLES.create_all(connection)
    connection.commit()
    command.upgrade(config_for(service, connection), revision)
    connection.commit()


def a_run_of(connection, tenant, **died: bool):
    run = uuid4()
    connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
    connection.execute(
        text("INSERT INTO workshop.planned_run (tenant_id, run_id) VALUES (:tenant, :run)"),
        {"tenant": tenant, "run": run},
    )
    for purpose, is_dead in died.items():
        about = {"tenant": tenant, "run": run, "purpose": purpose, "died": is_dead}
        connection.execute(text(KEY), about)
    connection.commit()
    return run


def test_runs_of_dead_keys_are_noted_and_their_late_sessions_forgotten(before):
    avi, kela = uuid4(), uuid4()
    gone = a_run_of(before, avi, workshop=True, survey=True)
    lives = a_run_of(before, avi, workshop=False, survey=True)
    pekkas = a_run_of(before, kela, workshop=True)
    migrate(before, "workshop", "head")
    noted = {}
    for tenant in (avi, kela):
        before.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        noted |= dict(map(tuple, before.execute(text(NOTED))))
    assert noted == {gone: True, lives: False, pekkas: True}
    assert set(before.scalars(text(DUE))) == {gone, pekkas}
    assert before.scalar(text(GUARDED))
