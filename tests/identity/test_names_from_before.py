"""People of an installation from before names were sorted by their languages stand in order after the upgrade, by an index."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url

BEFORE = "identity_0018"  # people, ordered by code points
NAMES = ["Örn", "ärlig", "Zoe", "aalto", "Åsa", "Beata"]
TENANTS = [uuid4(), uuid4()]
MEMBER = text(
    "INSERT INTO member (id, name, email, language, given_roles, vouched_roles, joined_at)"
    " VALUES (:id, :name, '', 'fi', '{}', '{}', now())"
)
IN_ORDER = "SELECT name FROM member ORDER BY sort_name, id"


@pytest.fixture
def old(server, database):
    """A database as it was then, with two organisations of the same names; bring_up() makes it today's."""
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
            connection.execute(MEMBER, [{"id": uuid4(), "name": name} for name in NAMES])
        connection.commit()
        yield connection, lambda: command.upgrade(config, "head")
    engine.dispose()


def test_those_of_before_stand_in_the_order_of_the_alphabet(old):
    connection, bring_up = old
    bring_up()
    for tenant in TENANTS:
        connection.execute(text(f"SET app.tenant = '{tenant}'"))
        found = connection.scalars(text(IN_ORDER)).all()
        assert found == ["aalto", "Beata", "Zoe", "Åsa", "ärlig", "Örn"]


def test_a_page_of_people_is_read_from_the_index(old):
    connection, bring_up = old
    bring_up()
    connection.execute(text(f"SET app.tenant = '{TENANTS[0]}'"))
    connection.execute(
        text("SET enable_seqscan = off")
    )  # of six people sorting costs nothing: asked is whether the index can serve
    connection.execute(text("SET enable_sort = off"))
    connection.execute(text("ANALYZE member"))
    page = (
        "EXPLAIN SELECT name FROM member WHERE tenant_id = current_setting('app.tenant')::uuid AND left_at IS NULL"
        " AND (sort_name, id) > ('b', '00000000-0000-0000-0000-000000000000') ORDER BY sort_name, id LIMIT 50"
    )
    plan = " ".join(connection.scalars(text(page)))
    assert "ix_member_tenant_sort_name" in plan and "Sort" not in plan
    assert "ROW((sort_name)" in plan.partition("Index Cond")[2].partition("Filter")[0]
