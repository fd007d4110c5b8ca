"""An installation from before ways in were confirmed comes along with its people: what works goes on working."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url

BEFORE = "identity_0003"  # people, ways in and sessions, and no word of confirmation


@pytest.fixture
def old(server, database):
    """A database as it was then, with nothing in it; bring_up() makes it today's."""
    name = f"old_{uuid4().hex[:8]}"
    server.provision(name)
    url = database_url("polku_owner").replace(f"/{database}?", f"/{name}?")
    engine = create_engine(url)
    with engine.connect() as connection:
        enter(connection, "identity")
        MESSAGING_TABLES.create_all(connection)
        connection.commit()
        config = config_for("identity", connection)
        command.upgrade(config, BEFORE)
        connection.commit()
        yield connection, lambda: command.upgrade(config, "head")
    engine.dispose()


def organisation(connection, kind: str, role: str) -> dict:
    """Whose first administrator has signed in, has an open session, and knows a colleague who has not come yet."""
    ids = {name: uuid4() for name in ("tenant", "way", "unused", "first", "listed", "visit")}
    about = ids | {"kind": kind, "roles": [role], "slug": ids["tenant"].hex}
    connection.execute(text(f"SET app.tenant = '{ids['tenant']}'"))
    for statement in ROWS:
        connection.execute(text(statement), about)
    connection.commit()
    return ids


ROWS = (
    "INSERT INTO organisation (slug, name, kind, languages, colour) VALUES (:slug, 'A', :kind, '{fi}', '#000000')",
    "INSERT INTO connection (id, name, issuer, client_id, kind, claims, domains, role_names) VALUES"
    " (:way, 'A', 'https://a.example', 'polku', 'oidc', '{}', '{a.example}', '{}'),"
    " (:unused, 'B', 'https://b.example', 'polku', 'oidc', '{}', '{a.example}', '{}')",
    "INSERT INTO member (id, name, email, language, connection_id, subject, given_roles, vouched_roles) VALUES"
    " (:first, 'Sari', 'sari@a.example', 'fi', :way, 'sari', '{}', :roles),"
    " (:listed, 'Elina', 'elina@a.example', 'fi', NULL, NULL, '{}', '{}')",
    "INSERT INTO visit (id, member_id, secret_hash, seen_at, ends_at) VALUES (:visit, :first, 'x', now(), now())",
)


def rows(connection, ids, what: str) -> list:
    connection.execute(text(f"SET app.tenant = '{ids['tenant']}'"))
    return connection.execute(text(what)).all()


def test_people_keep_their_accounts_and_sessions_and_ways_in_have_ninety_days(old):
    connection, bring_up = old
    avi, kela = organisation(connection, "client", "admin"), organisation(connection, "client", "admin")
    bring_up()
    for ids in (avi, kela):
        assert rows(connection, ids, "SELECT issuer FROM member ORDER BY name") == [
            (None,),
            ("https://a.example",),
        ]
        assert rows(connection, ids, "SELECT id, connection_id FROM visit") == [(ids["visit"], ids["way"])]
        ways = "SELECT id, prove_by - CURRENT_DATE, used_on IS NOT NULL, confirmed_on FROM connection ORDER BY name"
        assert rows(connection, ids, ways) == [
            (ids["way"], 90, True, None),
            (ids["unused"], None, False, None),
        ]
        whose = "SELECT first_administrator_id, handed_over_on IS NOT NULL FROM organisation"
        assert rows(connection, ids, whose) == [(ids["first"], True)]
    tokens = [rows(connection, ids, "SELECT token FROM connection") for ids in (avi, kela)]
    assert len({token for theirs in tokens for (token,) in theirs}) == 4


def test_the_consultancys_own_ways_in_were_the_operators(old):
    connection, bring_up = old
    ids = organisation(connection, "consultancy", "lead")
    bring_up()
    assert rows(connection, ids, "SELECT DISTINCT confirmed_how, prove_by FROM connection") == [
        ("operator", None)
    ]
    assert rows(connection, ids, "SELECT handed_over_on IS NOT NULL FROM organisation") == [(True,)]
