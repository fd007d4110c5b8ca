"""Whoever holds the survey's database, its files and the order of its events ties no view to an author of fewer than five."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.contracts.identity import KeyDestroyed
from shared.contracts.survey import ViewShared
from shared.database import worker_engine_of
from shared.privacy import rewriting
from shared.privacy.keys import KeyIsDead, KeyName, keys_of
from shared.tenancy.sessions import current_tenant
from tests.survey.conftest import Run, ring

ROWS = "SELECT ctid::text AS place, xmin::text AS written_by, t::text AS content FROM {} t"
TABLES = ("author", "view", "claim", "decision", "collecting", "theme", "seed", "timer", "outbox")


@pytest.fixture
def run(hear, http) -> Run:
    return Run(hear, http).plan().opens(moderation="before")


def rows() -> dict[str, set]:
    """Every row of the survey as it lies in the files, and of its mechanisms."""
    with worker_engine_of("survey").connect() as connection:
        connection.execute(
            text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(current_tenant())}
        )
        return {table: set(connection.execute(text(ROWS.format(table))).all()) for table in TABLES}


def changed(before: dict[str, set], after: dict[str, set]) -> dict[str, int]:
    found = {table: len(after[table] - before[table]) for table in TABLES}
    return {table: number for table, number in found.items() if number}


def test_giving_drafting_and_changing_write_one_row_and_no_other(run):
    kaisa = run.writer()
    view = kaisa.gives("Ensimmäinen.").json["view"]
    for act in (
        lambda: kaisa.gives("Toinen.", theme=1),
        lambda: kaisa.drafts("Kesken", theme=2),
        lambda: kaisa.revises(view, "Toisin sanoin."),
        lambda: kaisa.withdraws(view),
    ):
        before = rows()
        assert act().status_code < 300
        assert changed(before, rows()) == {"author": 1}


def test_a_new_wording_of_a_view_that_stands_writes_the_authors_row_alone(run):
    kaisa = run.writer()
    view = kaisa.has_given("Vanha.")
    before = rows()
    assert kaisa.revises(view, "Uusi.").status_code == 200
    assert changed(before, rows()) == {"author": 1}


def test_taking_back_a_view_that_stands_writes_no_row_of_its_author(run):
    kaisa = run.writer()
    view = kaisa.has_given()
    before = rows()
    assert kaisa.withdraws(view).status_code == 200
    assert "author" not in changed(before, rows())


def test_looking_in_vain_for_a_handful_writes_nothing_about_anybody(run):
    for _ in range(4):
        run.writer().gives()
    before = rows()
    run.somebody_looks()
    assert set(changed(before, rows())) <= {"timer", "collecting"}


def test_reading_ones_own_writes_nothing(run):
    kaisa = run.writer()
    kaisa.gives()
    before = rows()
    kaisa.collecting(), kaisa.own()
    assert changed(before, rows()) == {}


def test_accepted_views_are_told_without_their_authors_order(run, told):
    """A11: sign-ins one after another beside events one after another."""
    people = [run.writer() for _ in range(9)]
    for person in people:
        person.gives()
    run.somebody_looks()
    minna = run.moderator()
    minna.accepts(*minna.takes(50))
    given = [person.own()[0]["id"] for person in people]
    events = [str(shared.view_id) for shared in told("survey", ViewShared)]
    assert sorted(given) == sorted(events) and given != events  # by chance once in 362,880


def in_the_files(server, needle: bytes) -> Iterator[Path]:
    with worker_engine_of("survey").connect() as connection:
        folder = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
    for path in (server.data / "base" / str(folder)).iterdir():
        if path.is_file() and needle in path.read_bytes():
            yield path


def checkpoint() -> None:
    with worker_engine_of("survey").begin() as connection:
        connection.execute(text("SELECT bus.end_the_log()"))


def test_after_the_keys_day_no_file_holds_a_pseudonym_and_no_key_opens_what_it_did(run, hear, server):
    people = [run.writer() for _ in range(6)]
    for person in people:
        person.gives()
    run.closes()
    pseudonym: UUID = people[0].door.who.subject
    checkpoint()
    assert list(in_the_files(server, pseudonym.bytes))
    name = KeyName(current_tenant(), run.id, "authors")
    hear("survey", KeyDestroyed(run_id=run.id, purpose="survey"))
    with pytest.raises(KeyIsDead):
        keys_of("survey").use(name)
    assert not keys_of("survey").make(name)
    ring("survey", rewriting.TIMER, run.id)
    ring("survey", rewriting.LOG_TIMER, run.id)
    assert not list(in_the_files(server, pseudonym.bytes))


def test_after_the_night_no_file_holds_the_words_of_a_view_that_was_taken_back(run, server):
    kaisa, words = run.writer(), f"Kadun {uuid4()}"
    view = kaisa.has_given(words)
    assert kaisa.withdraws(view).status_code == 200
    checkpoint()
    assert list(in_the_files(server, words.encode())), "an UPDATE leaves the row before it"
    assert ring("survey", rewriting.TIMER, run.id) and ring("survey", rewriting.LOG_TIMER, run.id)
    assert not list(in_the_files(server, words.encode()))
