"""An installation whose cards were rows comes along: open runs with every answer, runs whose key is dead without any hand."""

from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import text

from services.voting.models.card import Card, Held
from services.voting.models.sealing import Seal
from shared.migrations.upgrade import config_for
from shared.privacy.keys import KeyName, keys_of
from tests.voting.test_results_of_before import before as before

KEYS = """
    CREATE TABLE identity.pseudonym_key (tenant_id uuid, run_id uuid, purpose text, destroyed_at timestamptz);
    ALTER TABLE identity.pseudonym_key ENABLE ROW LEVEL SECURITY;
    ALTER TABLE identity.pseudonym_key FORCE ROW LEVEL SECURITY;
    CREATE POLICY own_rows ON identity.pseudonym_key USING (tenant_id = current_setting('app.tenant')::uuid)"""


@pytest.fixture
def installation(before):
    """Voting as it was before hands were sealed, and identity's list of keys."""
    command.upgrade(config_for("voting", before), "voting_0003")
    before.execute(text(KEYS))
    before.commit()
    return Installation(before)


class Installation:
    def __init__(self, connection) -> None:
        self.connection = connection

    def run(self, sql: str, **given):
        return self.connection.execute(text(sql), given)

    def of(self, tenant: UUID) -> None:
        self.run("SELECT set_config('app.tenant', :tenant, false)", tenant=str(tenant))

    def a_run(self, tenant: UUID, *, key: str, is_counted: bool = False) -> tuple[UUID, list[UUID]]:
        """Six people have read two views: they agree with the first, which has their hearts, and one has changed her mind
        since it was counted."""
        self.of(tenant)
        run, theme, views = uuid4(), uuid4(), [uuid4(), uuid4()]
        counted_at = "now()" if is_counted else "NULL"
        self.run(
            f"INSERT INTO ballot (run_id, opened_at, ended_at, counted_at) VALUES (:run, now(), {counted_at}, {counted_at})",
            run=run,
        )
        self.run("INSERT INTO theme (id, run_id) VALUES (:theme, :run)", theme=theme, run=run)
        for view in views:
            self.run(VIEW, view=view, run=run, theme=theme)
        for person in range(6):
            self.a_hand(run, views, changed=person == 0)
        if is_counted:
            self.run(
                "INSERT INTO seat (run_id, position, stratum, view_id, theme_id) VALUES (:run, 1, 'Etelä', :view, :theme)",
                run=run,
                view=views[0],
                theme=theme,
            )
        destroyed = "now()" if key == "dead" else "NULL"
        self.run(
            f"INSERT INTO identity.pseudonym_key VALUES (:tenant, :run, 'voting', {destroyed})",
            tenant=tenant,
            run=run,
        )
        self.connection.commit()
        return run, views

    def a_hand(self, run: UUID, views: list[UUID], changed: bool) -> None:
        hand = uuid4()
        self.run(HAND, hand=hand, run=run, reader=uuid4(), unit="Itä" if changed else "Etelä")
        for nr, view in enumerate(views):
            answer = -1 if changed else 1
            self.run(
                CARD,
                hand=hand,
                view=view,
                run=run,
                position=1 - nr,
                answer=answer,
                heart=not nr and not changed,
            )

    def up(self) -> None:
        command.upgrade(config_for("voting", self.connection), "head")
        self.connection.commit()


VIEW = """
    INSERT INTO view (id, run_id, theme_id, status, agrees, hearts, readings_shown)
    VALUES (:view, :run, :theme, 'stands', 6, 5, 6)"""
HAND = """
    INSERT INTO hand (id, run_id, participant, unit, site, languages, batches, answered)
    VALUES (:hand, :run, :reader, :unit, 'Oulu', '{fi,sv}', 1, 4)"""
CARD = """
    INSERT INTO card (hand_id, view_id, run_id, batch, position, answer, heart, counted, counted_heart)
    VALUES (:hand, :view, :run, 1, :position, :answer, :heart, 1, :heart)"""


def test_every_answer_of_an_open_run_comes_along_sealed(installation):
    tenant = uuid4()
    run, views = installation.a_run(tenant, key="alive")
    elsewhere = uuid4()
    stranger, _ = installation.a_run(elsewhere, key="alive")
    installation.of(tenant)
    readers = set(installation.run("SELECT participant FROM hand").scalars())
    installation.up()
    installation.of(tenant)
    rows = installation.run("SELECT participant, version, dirty, sealed FROM hand").all()
    seal = Seal(keys_of("voting").use(KeyName(tenant, run, "hands")), tenant, run)
    opened = [seal.open(bytes(row.sealed), row.participant, row.version) for row in rows]
    assert len(opened) == 6 and {row.participant for row in rows} == readers
    second, first = Card(views[1], 1, 1, 0, 1, False), Card(views[0], 1, 1, 1, 1, True)
    assert opened.count(Held("Etelä", "Oulu", ["fi", "sv"], 1, [second, first], True)) == 5
    assert [held.is_uncounted for held in opened].count(True) == sum(row.dirty for row in rows) == 1
    assert installation.run("SELECT run_id, voters, forgotten FROM ballot").all() == [(run, 6, False)]
    assert installation.run("SELECT agrees, hearts, readings_shown FROM view").all() == [(6, 5, 6)] * 2
    assert keys_of("voting").is_alive(KeyName(elsewhere, stranger, "hands"))


def test_of_a_run_whose_key_is_dead_no_hand_and_no_exact_count_is_left(installation):
    tenant = uuid4()
    run, _ = installation.a_run(tenant, key="dead", is_counted=True)
    installation.up()
    installation.of(tenant)
    assert installation.run("SELECT count(*) FROM hand").scalar() == 0
    assert installation.run("SELECT agrees, hearts, readings_shown FROM view").all() == [(0, 0, 3)] * 2
    assert installation.run("SELECT forgotten, joined FROM ballot").all() == [(True, {"Itä": "Etelä"})]
    assert not keys_of("voting").is_alive(KeyName(tenant, run, "hands"))


def test_no_row_of_before_is_left_and_nothing_tells_which_came_with_which(installation):
    tenant = uuid4()
    run, _ = installation.a_run(tenant, key="alive")
    before = [row.participant for row in installation.run("SELECT participant FROM hand ORDER BY ctid")]
    installation.up()
    installation.of(tenant)
    there = installation.run("SELECT to_regclass('voting.card'), to_regclass('voting.tally')").one()
    rows = installation.run("SELECT participant, xmin::text AS written_by FROM hand ORDER BY ctid").all()
    assert tuple(there) == (None, None)
    assert len({row.written_by for row in rows}) == 1 and {row.participant for row in rows} == set(before)
    forced = installation.run(
        "SELECT relname FROM pg_class WHERE relnamespace = 'voting'::regnamespace AND relkind = 'r' AND relforcerowsecurity"
    )
    assert {"hand", "lying", "ballot", "view", "theme", "place", "seat", "release"} <= set(forced.scalars())
