"""Organisations of an installation from before there was an audit log have their days noted after the upgrade."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from services.identity.audit.timers import DAY_IS_OVER
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url

BEFORE = "identity_0019"
TENANTS = [uuid4(), uuid4()]
ORGANISATION = text(
    "INSERT INTO organisation (slug, name, kind, languages, colour) VALUES (:slug, 'Avi', 'client', '{fi}', '#1d4a43')"
)
DAYS = text("SELECT tenant_id FROM timer WHERE name = :name AND about = tenant_id")
INTO_THE_LOG = text(
    "INSERT INTO audit_entry (at, kind, side, facts) VALUES (now(), 'signed_in', 'polku', '{}') RETURNING number"
)


@pytest.fixture
def old(server, database):
    """A database as it was then, with two organisations; bring_up() makes it today's."""
    name = f"old_{uuid4().hex[:8]}"
    server.provision(name)
    engine = create_engine(database_url("polku_owner").replace(f"/{database}?", f"/{name}?"))
    with engine.connect() as connection:
        enter(connection, "identity")
        MESSAGING_TABLES.create_all(connection)
        connection.commit()
        config = config_for("identity", connection)
        command.upgrade(config, BEFORE)
        for tenant in TENANTS:
            connection.execute(text(f"SET app.tenant = '{tenant}'"))
            connection.execute(ORGANISATION, {"slug": f"a{tenant.hex[:12]}"})
        connection.commit()
        yield connection, lambda: command.upgrade(config, "head")
    engine.dispose()


def test_each_has_its_days_noted_and_a_log_that_begins_with_one(old):
    connection, bring_up = old
    bring_up()
    assert set(connection.scalars(DAYS, {"name": DAY_IS_OVER})) == set(TENANTS)
    for tenant in TENANTS:
        connection.execute(text(f"SET app.tenant = '{tenant}'"))
        assert [connection.scalar(INTO_THE_LOG) for _ in range(2)] == [1, 2]
