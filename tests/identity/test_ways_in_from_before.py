"""An installation from before is brought up to date: who could sign in still can, with the roles that one had."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text

from shared.migrations.__main__ import enter
from shared.settings import database_url

FOLDER = Path(__file__).parents[2] / "services" / "identity" / "migrations"
AS_BEFORE = (
    "ALTER TABLE connection DROP COLUMN has_own_return_address",
    "ALTER TABLE connection NO FORCE ROW LEVEL SECURITY",
    'UPDATE connection SET role_names = \'{"Vetäjät": "coordinator", "designer": "supervisor"}\'',
    "ALTER TABLE connection FORCE ROW LEVEL SECURITY",
)
NOW = """SELECT role_names, has_own_return_address FROM connection JOIN organisation USING (tenant_id)
         WHERE tenant_id = :tenant"""


@pytest.fixture
def brought_up_to_date(database):
    """brought_up_to_date(house) is its way in after the migration; nothing of it stays."""
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        enter(connection, "identity")

        def migrated(*houses):
            for line in AS_BEFORE:
                connection.execute(text(line))
            with Operations.context(MigrationContext.configure(connection)):
                the_migration().upgrade()
            connection.execute(text("ALTER TABLE connection NO FORCE ROW LEVEL SECURITY"))
            connection.execute(text("ALTER TABLE organisation NO FORCE ROW LEVEL SECURITY"))
            return [connection.execute(text(NOW), {"tenant": house.id}).one() for house in houses]

        yield migrated
        connection.rollback()
    engine.dispose()


def the_migration():
    (path,) = FOLDER.glob("*_roles_are_named_and_return_addresses_own.py")
    return import_module(f"services.identity.migrations.{path.stem}")


def test_what_had_counted_stands_in_the_table_and_the_shared_address_stays(
    avis, consultancy, brought_up_to_date
):
    """What the table said already goes before: "designer" made somebody a supervisor, and still does."""
    client, staff = brought_up_to_date(avis, consultancy)
    assert client.role_names == {
        "Vetäjät": "coordinator",
        "supervisor": "supervisor",
        "coordinator": "coordinator",
        "designer": "supervisor",
        "admin": "admin",
    }
    assert {
        "lead": "lead",
        "facilitator": "facilitator",
        "editor": "editor",
    }.items() <= staff.role_names.items()
    assert (client.has_own_return_address, staff.has_own_return_address) == (False, False)
