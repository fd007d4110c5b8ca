"""An installation that has results comes along: they are withheld until they are broken down anew, and counted once."""

from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from shared.migrations.upgrade import MESSAGING_TABLES, config_for, enter
from shared.settings import database_url

TABLES = {
    "ballot": "run_id, opened_at, ended_at, counted_at, seats_by",
    "view": "id, run_id, theme_id, status, agrees",
    "hand": "id, run_id, participant, unit, answered",
    "place": "run_id, view_id, theme_id, position, place, place_best, place_worst, percentile, agree, agree_low, agree_high,"
    " heart, priority, agrees, passes, disagrees, hearts, read_enough",
}

pytestmark = pytest.mark.usefixtures("without_chance")


@pytest.fixture
def before(server, worker_id, database, monkeypatch):
    """A connection to a database whose voting is as it was, as the owner of the tables."""
    name = f"polku_before_{worker_id}_{uuid4().hex[:8]}"
    server.provision(name)
    monkeypatch.setenv("POLKU_DATABASE", server.address(name))
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        enter(connection, "voting")
        MESSAGING_TABLES.create_all(connection)
        connection.commit()
        command.upgrade(config_for("voting", connection), "voting_0001")
        connection.commit()
        yield connection
    engine.dispose()
    with server.connect() as administrator:
        administrator.execute(f'DROP DATABASE "{name}"')


def insert(connection, table: str, *values) -> None:
    names = TABLES[table].split(", ")
    given = {f"v{nr}": value for nr, value in enumerate(values)}
    line = (
        f"INSERT INTO {table} ({TABLES[table]}) VALUES ({', '.join(f':v{nr}' for nr in range(len(names)))})"
    )
    connection.execute(text(line), given)


def a_run(connection, tenant, people: int, is_counted: bool):
    run, view, theme = uuid4(), uuid4(), uuid4()
    connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
    ended = "2026-11-01" if is_counted else None
    insert(connection, "ballot", run, "2026-10-01", ended, ended, "unit")
    insert(connection, "view", view, run, theme, "stands", people)
    for _ in range(people):
        insert(connection, "hand", uuid4(), run, uuid4(), "Etelä", 1)
    if is_counted:
        shares = (0.9, 0.8, 1.0, 0.0, 0.9)
        insert(connection, "place", run, view, theme, 1, 1, 1, 1, 100, *shares, people, 0, 0, 0, True)
    connection.commit()
    return run


def test_what_was_counted_before_is_withheld_until_its_alarm_has_rung(before):
    tenants = uuid4(), uuid4()
    counted = [a_run(before, tenant, 6, is_counted=True) for tenant in tenants]
    open_one, small = (
        a_run(before, tenants[0], 6, is_counted=False),
        a_run(before, tenants[1], 3, is_counted=True),
    )
    command.upgrade(config_for("voting", before), "head")
    before.commit()
    timers = before.execute(text("SELECT tenant_id, about FROM timer WHERE name = 'break_down_again'")).all()
    assert {tuple(row) for row in timers} == {*zip(tenants, counted, strict=True), (tenants[1], small)}
    known = {}
    for tenant in tenants:
        before.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        rows = before.execute(text("SELECT run_id, voters_shown, voters_counted FROM ballot"))
        known |= {run: tuple(numbers) for run, *numbers in rows}
        assert before.scalar(text("SELECT count(*) FROM place WHERE groups <> '{}'")) == 0
    assert known == {counted[0]: (6, 6), counted[1]: (6, 6), open_one: (6, None), small: (0, 0)}
    forced = before.scalars(
        text("SELECT relforcerowsecurity FROM pg_class WHERE relname = ANY(:ours)"), {"ours": list(TABLES)}
    )
    assert all(forced)


def test_the_alarm_breaks_down_what_was_counted_before_once(reading, world, session_of):
    for unit, people in {"Etelä": 7, "Itä": 6}.items():
        reading.have_read(people, unit=unit)
    reading.end().release()
    with session_of("voting") as session:
        session.execute(
            text("UPDATE place SET groups = '{}', agrees = CASE position WHEN 12 THEN 3 ELSE agrees END")
        )
        timer = "INSERT INTO timer (tenant_id, name, about, due_at) VALUES (:tenant, 'break_down_again', :run, now())"
        session.execute(text(timer), {"tenant": world.avi, "run": reading.run})
    assert groups_of(reading) == [[]] * 18
    world.let_time_pass("voting")
    found = groups_of(reading)
    assert [place["answers"] for place in places_of(reading)].count(0) == 1
    assert all([group["name"] for group in groups] == ["Etelä", "Itä"] for groups in found)
    assert not any(group["withheld"] for groups in found for group in groups)


def groups_of(reading) -> list:
    return [place["groups"] for place in places_of(reading)]


def places_of(reading) -> list:
    themes = reading.staff().get(f"/runs/{reading.run}/ranking").json["themes"]
    return [place for theme in themes for place in theme["places"]]
