"""What the models say and what the migrations make is the same."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from infra.development.new_migration import metadata_of
from shared.migrations.upgrade import TABLES_OF_MESSAGING, enter
from shared.settings import SERVICES, database_url

SCRATCH = {"note"}  # a table of the tests' own


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrations_make_what_the_models_say(database, service):
    if (metadata := metadata_of(service)) is None:
        assert service == "portal"
        return
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        enter(connection, service)
        not_ours = TABLES_OF_MESSAGING | SCRATCH
        ours = lambda thing, name, kind, *rest: not (kind == "table" and name in not_ours)  # noqa: E731
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
