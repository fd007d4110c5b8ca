"""With the whole database in hand, a view cannot be tied to a person."""

import json
from uuid import UUID

import pytest
from sqlalchemy import func, inspect, select, text

from services.survey.models import Author, Base, View
from shared.contracts.identity import KeyDestroyed
from shared.contracts.process import PhaseOpened
from shared.contracts.survey import ViewShared
from shared.database import engine_of, worker_engine_of, worker_sessions_of
from shared.messaging.events import envelope_for
from shared.privacy import rewriting
from shared.privacy.keys import KeyName, keys_of
from shared.tenancy.sessions import current_tenant
from tests.survey.conftest import let_all_leave, ring

MOMENTS = ("timestamp", "time", "date")


def columns_of(table: str) -> dict[str, str]:
    found = inspect(engine_of("survey")).get_columns(table)
    return {column["name"]: str(column["type"]).lower() for column in found}


def test_no_moment_is_stored_beside_anything_that_people_wrote(database):
    for table in ("view", "author", "seed", "claim", "theme"):
        kinds = columns_of(table)
        assert not [name for name, kind in kinds.items() if any(moment in kind for moment in MOMENTS)], table


def test_moderators_decisions_carry_a_day_and_no_time(database):
    assert columns_of("decision")["decided_on"] == "date"


def test_nothing_stored_counts_up(database):
    for table in Base.metadata.tables:
        kinds = columns_of(table)
        counted = [
            column for column in inspect(engine_of("survey")).get_columns(table) if column["autoincrement"]
        ]
        assert not [column for column in counted if "int" in kinds[column["name"]] and column["default"]], (
            table
        )


def test_the_columns_of_a_view_are_these_and_a_new_one_is_thought_over(database):
    assert set(columns_of("view")) == {
        "tenant_id",
        "id",
        "run_id",
        "theme_id",
        "language",
        "text",
        "receipt_hash",
        "status",
        "awaits_check",
        "revision",
        "revision_language",
        "ground",
        "reason",
        "leaves_tonight",
    }


def test_ids_are_random_so_that_their_order_is_no_clock(run, kaisa):
    run.opens()
    ids = [UUID(kaisa.has_given(f"Näkemys {nr}.")["id"]) for nr in range(6)]
    assert {id.version for id in ids} == {4}


def test_the_receipt_itself_is_not_kept(run, kaisa, session_of):
    run.opens()
    receipt = kaisa.gives().json["receipt"]
    let_all_leave(run.id)
    with session_of("survey") as session:
        row = session.execute(select(*View.__table__.columns)).one()
    assert receipt not in repr(row) and receipt.encode() not in row.receipt_hash


def test_what_people_write_is_in_no_event_and_no_error(run, kaisa, minna, database, caplog):
    run.opens(moderation="before")
    secret = "Tätä lausetta ei saa löytyä muualta."
    view = kaisa.has_given(secret)
    minna.accepts(*minna.takes())
    kaisa.has_revised(view, secret + " Uudestaan.")
    kaisa.withdraws(view)
    run.the_night_passes()
    with worker_engine_of("survey").connect() as connection:
        rows = connection.execute(text("SELECT headers, value FROM outbox")).all()
    assert rows and not [row for row in rows if secret in bytes(row.value).decode() + json.dumps(row.headers)]
    assert secret not in caplog.text


def test_events_about_views_tell_the_hour_at_most(run, kaisa, database):
    run.opens()
    view = kaisa.has_given()
    with worker_engine_of("survey").connect() as connection:
        rows = connection.execute(text("SELECT headers, value FROM outbox")).all()
    (headers,) = (row.headers for row in rows if view["id"] in bytes(row.value).decode())
    assert headers["ce_time"].split("T")[1].startswith(headers["ce_time"].split("T")[1][:2] + ":00:00")
    assert UUID(headers["ce_id"]).version == 4


def test_no_event_says_who_has_given_a_view(run, world, database):
    """Neither at night nor at the end; identity asks when it needs it."""
    run.opens()
    writers = [run.writer() for _ in range(7)]
    for writer in writers:
        writer.gives()
    world.let_time_pass("survey")
    run.closes()
    with worker_engine_of("survey").connect() as connection:
        told = "".join(connection.scalars(text("SELECT convert_from(value, 'UTF8') FROM outbox")))
    assert str(run.id) in told and not [writer for writer in writers if str(writer.door.who.subject) in told]


def test_the_moderators_are_reminded_until_the_end_and_not_longer(run, session_of):
    def is_set() -> bool:
        with session_of("survey") as session:
            asked = "SELECT count(*) FROM timer WHERE about = :run AND name = 'writers_are_counted'"
            return session.scalar(text(asked), {"run": run.id}) == 1

    run.opens()
    assert is_set()
    run.closes()
    assert not is_set()


def test_when_the_key_is_destroyed_only_receipts_lead_to_a_view(run, kaisa, hear, session_of):
    run.opens()
    given = kaisa.gives("Minun.").json
    let_all_leave(run.id)
    kaisa.gives("Jäi lähtemättä.", theme=1), kaisa.drafts("Kesken", theme=2)
    hear("survey", KeyDestroyed(run_id=run.id, purpose="voting"))
    assert len(kaisa.own()) == 2
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    assert kaisa.own() == [] and [own["text"] for own in kaisa.own(given["receipt"])] == ["Minun."]
    assert [theme["mine"] for theme in kaisa.themes] == [0, 0, 0, 0] and not kaisa.themes[2]["draft"]
    assert kaisa.withdraws(given["view"]).status_code == 404
    assert kaisa.withdraws(given["view"], given["receipt"]).json["status"] == "withdrawn"
    with session_of("survey") as session:
        assert session.scalar(select(func.count()).select_from(Author)) == 0


def test_while_the_key_is_replaced_nothing_typed_is_lost_and_then_one_goes_on(run, kaisa, hear):
    run.opens()
    kaisa.gives("Vanhan avaimen alla.")
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    refused = kaisa.gives("Uusi.")
    assert (refused.status_code, refused.json["code"]) == (409, "key-is-replaced")
    assert kaisa.drafts("Uusi.").status_code == 409 and kaisa.collecting()["state"] == "open"
    ring("survey", "authors_begin_anew", run.id)
    assert kaisa.gives("Uusi.").status_code == 201 and [own["text"] for own in kaisa.own()] == ["Uusi."]


def test_what_an_earlier_key_sealed_holds_up_nobody_under_a_later_one(run, kaisa, told):
    """Cut off between the file and the rows, or brought back beside a ledger that knows better; then the phase opens."""
    run.opens(moderation="after")
    kaisa.gives("Vanhan avaimen alla.")
    keys_of("survey").destroy(KeyName(current_tenant(), run.id, "authors"))
    run.opens(moderation="after")
    assert kaisa.gives("Uusi.").json["code"] == "key-is-replaced"
    ring("survey", "authors_begin_anew", run.id)
    assert kaisa.own() == [] and kaisa.gives("Uusi.").status_code == 201
    for _ in range(4):
        run.writer().gives()
    run.somebody_looks()
    assert len(told("survey", ViewShared)) == 5
    run.opens()
    assert [own["text"] for own in kaisa.own()] == ["Uusi."], "a phase that is told twice forgets nothing"


@pytest.fixture
def late(run, world):
    """late(event) is told now, and heard when the answer is called."""

    def tell(event, source: str):
        envelope = envelope_for(event, source)
        return lambda: world.listeners("survey").hear(envelope, worker_sessions_of("survey"))

    return tell


def test_a_death_that_is_heard_late_leaves_alone_what_is_written_since_the_phase_opened_again(
    run, kaisa, hear, late
):
    """The first time it was cut off after the file; then it lay among the dead letters."""
    run.opens()
    kaisa.gives("Vanhan avaimen alla.")
    run.closes()
    hear_of_it = late(KeyDestroyed(run_id=run.id, purpose="survey"), "identity")
    keys_of("survey").destroy(KeyName(current_tenant(), run.id, "authors"))
    run.opens()
    ring("survey", "authors_begin_anew", run.id)
    assert kaisa.gives("Uusi.").status_code == 201
    hear_of_it()
    assert [own["text"] for own in kaisa.own()] == ["Uusi."]
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    assert kaisa.own() == []


def test_an_opening_that_is_heard_after_the_key_died_makes_no_key(run, hear, late):
    """Nothing would end it: the run is completed."""
    opening = PhaseOpened(run_id=run.id, phase="views", activities=["give_views"])
    hear_of_it = late(opening, "process")
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    hear_of_it()
    assert not keys_of("survey").is_alive(KeyName(current_tenant(), run.id, "authors"))
    run.opens()
    assert keys_of("survey").is_alive(KeyName(current_tenant(), run.id, "authors"))


def test_the_tables_are_written_anew_in_the_night_after_the_key_died(run, kaisa, hear, database):
    run.opens()
    for nr in range(12):
        kaisa.has_given(f"Näkemys {nr}.")
    run.closes()
    written = transactions_that_wrote("view")
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    ring("survey", rewriting.TIMER, run.id)
    assert len(written) > 1 and len(transactions_that_wrote("view")) == 1
    assert len(kaisa.reads().json["items"]) == 12


def transactions_that_wrote(table: str) -> set[str]:
    with worker_engine_of("survey").connect() as connection:
        connection.execute(
            text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(current_tenant())}
        )
        return set(connection.scalars(text(f"SELECT xmin::text FROM {table}")))
