"""An installation that has counted in the database who asked, and who typed a code, comes along: of those counts nothing is left."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url


@pytest.fixture
def old(server, database):
    """A connection to a database as it was, as the owner of the tables, and the way to bring it up."""
    name = f"counts_{uuid4().hex[:8]}"
    server.provision(name)
    engine = create_engine(database_url("polku_owner").replace(f"/{database}?", f"/{name}?"))
    with engine.connect() as connection:
        enter(connection, "townhall")
        MESSAGING_TABLES.create_all(connection)
        connection.commit()
        command.upgrade(config_for("townhall", connection), "townhall_0004")
        connection.commit()
        yield connection, lambda: command.upgrade(config_for("townhall", connection), "head")
    engine.dispose()


def test_counts_and_the_salt_that_lay_beside_them_are_gone(old):
    connection, bring_up = old
    connection.execute(text("INSERT INTO limit_salt (day, salt) VALUES ('2026-01-01', 'salt')"))
    connection.execute(text("INSERT INTO limit_count (digest, period, count) VALUES ('whose', 1, 1)"))
    connection.commit()
    bring_up()
    for table in ("limit_salt", "limit_count"):
        assert connection.scalars(text(f"SELECT count(*) FROM {table}")).one() == 0
