"""An installation that has told lists of who took part comes along: they are nowhere any more, and what else it told is."""

import json
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.messaging.bus.tables import BUS
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url

RUN, TENANT = uuid4(), uuid4()
PEOPLE = [uuid4() for _ in range(40)]
LISTS = {
    "polku.survey.writers-counted.v1": "participants",
    "polku.voting.voters-counted.v1": "participants",
    "polku.workshop.attendees-counted.v1": "participants",
    "polku.identity.attendance-known.v1": "members",
}


@pytest.fixture
def old(server, database):
    """A connection to a database as it was, as the owner of the tables; bring_up() makes it today's."""
    name = f"lists_{uuid4().hex[:8]}"
    server.provision(name)
    engine = create_engine(database_url("polku_owner").replace(f"/{database}?", f"/{name}?"))
    with engine.connect() as connection:
        for schema, tables in (("bus", BUS), ("survey", MESSAGING_TABLES), ("identity", MESSAGING_TABLES)):
            enter(connection, schema)
            tables.create_all(connection)
            connection.commit()
        config = config_for("identity", connection)
        command.upgrade(config, "identity_0012")
        connection.commit()
        connection.execute(text(f"SET app.tenant = '{TENANT}'"))
        yield connection, lambda: command.upgrade(config, "head")
    engine.dispose()


def told(type: str, **facts) -> dict:
    return {
        "headers": json.dumps({"ce_type": type, "ce_id": str(uuid4())}),
        "value": json.dumps({"run_id": str(RUN)} | facts).encode(),
    }


def lists() -> list[dict]:
    """As they lay on the bus, with what is told beside them."""
    lists = [
        told(type, activity="any", **{field: [str(one) for one in PEOPLE]}) for type, field in LISTS.items()
    ]
    of_a_reminder = told(
        "polku.notification.notice-sent.v1",
        kind="reminder",
        member_id=str(PEOPLE[0]),
        notice_id=str(uuid4()),
    )
    return [*lists, of_a_reminder, *others()]


def others() -> list[dict]:
    invited = {"kind": "invitation", "member_id": str(STRANGER), "notice_id": str(UUID(int=1))}
    return [
        told("polku.notification.notice-sent.v1", **invited),
        told("polku.identity.turnout-known.v1", activity="any", took_part=40, invited=60),
    ]


STRANGER = uuid4()
IN_THE_LOG = """
    INSERT INTO bus.event_log (topic, partition, position, key, headers, value)
    VALUES ('any', 0, :nr, 'key', CAST(:headers AS jsonb), :value)"""
IN_AN_OUTBOX = "INSERT INTO survey.outbox (topic, key, headers, value) VALUES ('any', 'key', CAST(:headers AS jsonb), :value)"
AMONG_LETTERS = """
    INSERT INTO identity.dead_letter (topic, partition, position, key, headers, value, state, reason)
    VALUES ('any', 0, :nr, 'key', CAST(:headers AS jsonb), :value, 'dead', 'any')"""


def test_lists_that_were_told_are_nowhere_and_what_else_was_told_is_still_there(old, server):
    connection, bring_up = old
    before = lists()
    for line in (IN_THE_LOG, IN_AN_OUTBOX, AMONG_LETTERS):
        for nr, event in enumerate(before):
            connection.execute(text(line), event | ({"nr": nr} if ":nr" in line else {}))
    assert people_in_files(connection, server) == {str(one) for one in PEOPLE}
    bring_up()
    connection.commit()
    log = bodies("bus.event_log", connection)
    assert connection.scalar(text("SELECT array_agg(position ORDER BY position) FROM bus.event_log")) == list(
        range(len(before))
    )
    for bodies_left, count in ((log, 7), (bodies("survey.outbox", connection), 7)):
        assert len(bodies_left) == count
        assert not {str(one) for one in PEOPLE} & set(ids_in(bodies_left))
        assert [body["took_part"] for body in bodies_left if "took_part" in body] == [40]
        assert str(STRANGER) in ids_in(bodies_left)
    assert [body for body in log if body.get("participants", body.get("members", 1)) == []]
    assert [body["took_part"] for body in bodies("identity.dead_letter", connection)] == [40]
    assert people_in_files(connection, server) == set()


def bodies(table: str, connection) -> list[dict]:
    return [json.loads(value) for value in connection.scalars(text(f"SELECT value FROM {table}"))]


def ids_in(bodies: list[dict]) -> list[str]:
    return [value for body in bodies for value in body.values() if isinstance(value, str)] + [
        one for body in bodies for value in body.values() if isinstance(value, list) for one in value
    ]


def people_in_files(connection, server) -> set[str]:
    """Who is in any file of this database, whatever rows say."""
    connection.commit()
    connection.execute(text("CHECKPOINT"))
    connection.commit()
    folder = server.data / connection.scalar(text("SELECT pg_relation_filepath('bus.event_log')"))
    files = b"".join(path.read_bytes() for path in folder.parent.iterdir() if path.is_file())
    return {str(one) for one in PEOPLE if str(one).encode() in files}


def test_open_activities_are_counted_from_now_on(old):
    connection, bring_up = old
    member, kept = uuid4(), {"run": RUN, "activity": "prioritise"}
    connection.execute(
        text(
            "INSERT INTO member (id, name, email, language, given_roles, vouched_roles, joined_at)"
            " VALUES (:id, 'Kaisa', '', 'fi', '{}', '{}', now())"
        ),
        {"id": member},
    )
    for table in ("attendance", "belonging"):
        line = f"INSERT INTO {table} (run_id, activity, member_id) VALUES (:run, :activity, :member)"
        connection.execute(text(line), kept | {"member": member})
        kept["activity"] = "give_views"
    connection.commit()
    bring_up()
    due = connection.execute(
        text("SELECT name, about FROM timer WHERE tenant_id = :tenant"), {"tenant": TENANT}
    )
    assert set(due.all()) == {("turnout_of_prioritise", RUN), ("turnout_of_give_views", RUN)}
    assert connection.scalar(text("SELECT to_regclass('identity.attendance')")) is None
