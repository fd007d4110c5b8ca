"""An installation whose keys lay in the database comes along: open runs know their people by new numbers, dead ones nobody."""

import hmac
import os
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.privacy.keys import KeyName, keys_of
from shared.privacy.vault import vault_of
from tests.installations import act_for, migrate, of_before, put

AS_THEY_WERE = {
    "survey": "survey_0001",
    "voting": "voting_0003",
    "workshop": "workshop_0003",
    "identity": "identity_0012",
}
PURPOSES = {"survey": ("view", "draft"), "voting": ("hand",), "workshop": ("place",)}
A_VIEW = {"language": "fi", "status": "shown", "awaits_check": False}
A_PLACE = {"turn": 1, "is_waiting": False, "language": "fi", "has_attended": True}
A_COLLECTING = {"state": "open", "moderated_first": False, "read_first": False, "counted": 0}
A_WORKSHOP = {"round": 1, "title": "", "places": 12, "link": "x", "turn": 1, "step_number": 0, "visit": 0}


@pytest.fixture
def old(server, database, tmp_path, monkeypatch):
    """A connection to a database as it was, as the owner of the tables; bring_up() makes identity today's."""
    monkeypatch.setenv("POLKU_KEYS", str(tmp_path / "keys"))
    with of_before(server, database, AS_THEY_WERE) as connection:
        yield connection, lambda: migrate(connection, "identity", "identity_0013")


class Run:
    """A run with what people have left in it, under a key of before."""

    def __init__(self, connection, people: list[UUID]) -> None:
        self.connection, self.id, self.people = connection, uuid4(), people
        self.keys = {purpose: os.urandom(32) for purpose in (*PURPOSES, "townhall")}
        for purpose, key in self.keys.items():
            sealed = vault_of("identity").seal(key)
            row = {"run_id": self.id, "purpose": purpose, "sealed": sealed, "made_on": date(2026, 10, 1)}
            put(connection, "identity.pseudonym_key", **row)
        self.lay_out()
        for person in people:
            self.leave_things_of(person)

    def lay_out(self) -> None:
        put(self.connection, "survey.collecting", id=self.id, languages={}, **A_COLLECTING)
        put(self.connection, "survey.theme", id=self.id, run_id=self.id, position=1, key="x", words={})
        put(self.connection, "voting.ballot", run_id=self.id)
        times = {"starts_at": datetime(2026, 11, 1, tzinfo=UTC), "ends_at": datetime(2026, 11, 2, tzinfo=UTC)}
        row = A_WORKSHOP | times | {"broadcast": "", "notes": "", "version": 0}
        put(self.connection, "workshop.workshop", id=self.id, run_id=self.id, **row)

    def leave_things_of(self, person: UUID) -> None:
        """The id of each row tells whose it is, so that a test can ask."""
        author = self.old_number(person, "survey")
        survey = {"run_id": self.id, "theme_id": self.id, "author": author}
        row = A_VIEW | survey | {"receipt_hash": os.urandom(32)}
        put(self.connection, "survey.view", id=person_in(self.id, person), **row)
        put(self.connection, "survey.draft", text=str(person_in(self.id, person)), language="fi", **survey)
        hand = {"run_id": self.id, "participant": self.old_number(person, "voting")}
        put(self.connection, "voting.hand", id=person_in(self.id, person), **hand)
        place = {"workshop_id": self.id, "participant": self.old_number(person, "workshop")}
        put(self.connection, "workshop.place", id=person_in(self.id, person), **A_PLACE, **place)

    def old_number(self, person: UUID, purpose: str) -> UUID:
        made = hmac.digest(self.keys[purpose], person.bytes, "sha256")[:16]
        return UUID(bytes=made, version=4)

    def end(self) -> None:
        line = "UPDATE identity.pseudonym_key SET sealed = NULL, destroyed_at = now() WHERE run_id = :run"
        self.connection.execute(text(line), {"run": self.id})

    def numbers(self) -> dict[str, dict[UUID, UUID]]:
        """By table: whose row -> by which number it is known."""
        asked = {
            "view": "SELECT id, author FROM survey.view",
            "draft": "SELECT text::uuid, author FROM survey.draft",
            "hand": "SELECT id, participant FROM voting.hand",
            "place": "SELECT id, participant FROM workshop.place",
        }
        found = {table: dict(self.connection.execute(text(line)).all()) for table, line in asked.items()}
        return {
            table: {person: rows[person_in(self.id, person)] for person in self.people}
            for table, rows in found.items()
        }


def person_in(run: UUID, person: UUID) -> UUID:
    return UUID(int=run.int ^ person.int)


def staff(connection, *names: str) -> list[UUID]:
    ids = [uuid4() for _ in names]
    for id, name in zip(ids, names, strict=True):
        row = {"email": "", "language": "fi", "vouched_roles": [], "given_roles": []}
        put(connection, "identity.member", id=id, name=name, **row)
    return ids


def expected(tenant: UUID, run: Run, person: UUID, purpose: str) -> UUID:
    return keys_of("identity").use(KeyName(tenant, run.id, purpose)).number(person.bytes, "pseudonym")


def test_people_of_an_open_run_are_known_by_the_new_key_in_every_table(old):
    connection, bring_up = old
    tenant, worlds = act_for(connection, uuid4()), []
    run = Run(connection, staff(connection, "Kaisa", "Mikael"))
    worlds.append((tenant, run))
    tenant = act_for(connection, uuid4())
    worlds.append((tenant, Run(connection, staff(connection, "Pekka"))))
    bring_up()
    for tenant, run in worlds:
        act_for(connection, tenant)
        numbers = run.numbers()
        for purpose, tables in PURPOSES.items():
            for table in tables:
                assert numbers[table] == {
                    person: expected(tenant, run, person, purpose) for person in run.people
                }


def test_no_key_of_before_leads_to_anything_any_more(old):
    """Neither in a run that is over, nor from somebody who is not there any more."""
    connection, bring_up = old
    act_for(connection, uuid4())
    kaisa, outi, gone = staff(connection, "Kaisa", "Outi", "Mikael")
    over, living = Run(connection, [kaisa, outi]), Run(connection, [kaisa, gone])
    over.end()
    connection.execute(text("DELETE FROM identity.member WHERE id = :id"), {"id": gone})
    bring_up()
    numbers = over.numbers(), living.numbers()
    known = {number for of in numbers for rows in of.values() for number in rows.values()}
    assert not known & {
        run.old_number(person, purpose)
        for run in (over, living)
        for person in (kaisa, outi, gone)
        for purpose in PURPOSES
    }
    for of in numbers:
        assert of["view"] == of["draft"], "one person's rows stay one person's"
        assert all(len(set(rows.values())) == 2 for rows in of.values())


def test_nothing_sealed_is_left_and_what_is_known_of_each_key_stays(old):
    connection, bring_up = old
    tenant = act_for(connection, uuid4())
    people = staff(connection, "Kaisa")
    over, living = Run(connection, people), Run(connection, people)
    over.end()
    put(connection, "identity.return_mark", run_id=living.id, purpose="voting", mark=b"of nobody")
    bring_up()
    columns = text("SELECT column_name FROM information_schema.columns WHERE table_name = 'pseudonym_key'")
    assert set(connection.scalars(columns)) == {"tenant_id", "run_id", "purpose", "made_on", "destroyed_at"}
    rows = connection.execute(
        text("SELECT run_id, made_on, destroyed_at IS NULL FROM identity.pseudonym_key")
    )
    assert set(rows) == {(living.id, date(2026, 10, 1), True), (over.id, date(2026, 10, 1), False)}
    assert connection.scalar(text("SELECT count(*) FROM identity.return_mark")) == 0
    alive = {
        run.id for run in (over, living) if keys_of("identity").is_alive(KeyName(tenant, run.id, "voting"))
    }
    assert alive == {living.id}


def test_another_organisation_sees_none_of_the_rows(old):
    connection, bring_up = old
    act_for(connection, uuid4())
    Run(connection, staff(connection, "Kaisa"))
    bring_up()
    act_for(connection, uuid4())
    for table in ("identity.pseudonym_key", "survey.view", "survey.draft", "voting.hand", "workshop.place"):
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table


def test_a_migration_that_was_cut_off_and_begun_again_has_the_same_keys(old):
    connection, bring_up = old
    tenant = act_for(connection, uuid4())
    run = Run(connection, staff(connection, "Kaisa"))
    name = KeyName(tenant, run.id, "survey")
    keys_of("identity").make(name)
    before = keys_of("identity").use(name).digest(b"", "")
    bring_up()
    assert keys_of("identity").use(name).digest(b"", "") == before


def test_a_key_that_died_stays_dead_when_a_database_from_before_is_restored(old):
    connection, bring_up = old
    tenant = act_for(connection, uuid4())
    run = Run(connection, staff(connection, "Kaisa"))
    name = KeyName(tenant, run.id, "survey")
    keys_of("identity").make(name)
    keys_of("identity").destroy(name)
    bring_up()
    assert not keys_of("identity").is_alive(name)
    (number,) = run.numbers()["view"].values()
    assert number != run.old_number(run.people[0], "survey")
