"""An installation that has published turnout comes along: what is told stays told, and what is withheld needs more than five."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.installations import migrate, of_before

PUBLISHED = (("whole", 31, 31), ("unit", 21, 20), ("site", 4, None))


@pytest.fixture
def old(server, database):
    """A connection to a database as it was, as the owner of the tables; bring_up() makes it today's."""
    with of_before(server, database, {"identity": "identity_0011"}) as connection:
        yield connection, lambda: migrate(connection, "identity", "head")


def test_what_was_published_stays_and_what_was_withheld_needs_more_than_five(old):
    connection, bring_up = old
    tenants = [uuid4() for _ in range(40)]
    for tenant in tenants:
        publish(connection, tenant)
    bring_up()
    found = [row for tenant in tenants for row in published(connection, tenant)]
    assert {(kind, shown) for kind, _, shown in found} == {(kind, shown) for kind, _, shown in PUBLISHED}
    needed = {kind: [next_at for of, next_at, _ in found if of == kind] for kind, _, _ in PUBLISHED}
    assert set(needed["whole"]) == {36}
    assert min(needed["unit"]) >= 26 and len(set(needed["unit"])) > 2
    assert min(needed["site"]) >= 5 and sum(needed["site"]) / 40 > 7


def publish(connection, tenant) -> None:
    connection.execute(text(f"SET app.tenant = '{tenant}'"))
    line = (
        "INSERT INTO participation (run_id, activity, kind, part_id, counted, shown)"
        " VALUES (:run, 'give_views', :kind, :part, :counted, :shown)"
    )
    for kind, counted, shown in PUBLISHED:
        about = {"run": uuid4(), "part": uuid4(), "kind": kind, "counted": counted, "shown": shown}
        connection.execute(text(line), about)
    connection.commit()


def published(connection, tenant) -> list:
    connection.execute(text(f"SET app.tenant = '{tenant}'"))
    return connection.execute(text("SELECT kind, next_at, shown FROM participation")).all()
