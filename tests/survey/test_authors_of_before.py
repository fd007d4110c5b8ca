"""An installation of before comes along: authors find their views and drafts again, sealed; of runs whose key died nobody does."""

from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from services.survey.models import Author, View
from services.survey.writings import Words
from shared.migrations.upgrade import MESSAGING_TABLES, config_for, enter
from shared.privacy.keys import KeyName, keys_of
from shared.settings import database_url

COLLECTING = """
    INSERT INTO collecting (id, languages, state, moderated_first, read_first, counted)
    VALUES (:run, '["fi"]', 'open', true, false, 0)"""
THEME = "INSERT INTO theme (id, run_id, position, key, words) VALUES (:theme, :run, 1, 'meetings', '{}')"
VIEW = """
    INSERT INTO view (id, run_id, theme_id, language, text, receipt_hash, author, status, awaits_check)
    VALUES (:id, :run, :theme, 'fi', 'Kokous alkaa.', sha256(uuid_send(:id)), :author, 'waiting', true)"""
DRAFT = "INSERT INTO draft (theme_id, author, run_id, language, text) VALUES (:theme, :author, :run, 'sv', 'Halv')"
CLAIM = "INSERT INTO claim (view_id, moderator) VALUES (:id, :id)"


@pytest.fixture
def before(server, database, monkeypatch):
    """A connection to a database with the survey as it was, as the owner of the tables."""
    name = f"polku_authors_{uuid4().hex[:8]}"
    server.provision(name)
    monkeypatch.setenv("POLKU_DATABASE", server.address(name))
    engine = create_engine(database_url("polku_owner"))
    with engine.connect() as connection:
        migrate(connection, "survey_0001")
        yield connection
    engine.dispose()


def migrate(connection, revision: str) -> None:
    enter(connection, "survey")
    MESSAGING_TABLES.create_all(connection)
    command.upgrade(config_for("survey", connection), revision)
    connection.commit()


def act_for(connection, tenant) -> None:
    connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})


def a_run_of(connection, tenant: UUID, authors: list[UUID], is_known: bool = True) -> dict[UUID, list[UUID]]:
    """Two views and a draft of each of its authors; their views by author. `is_known`: identity's key lives."""
    about = {"run": uuid4(), "theme": uuid4()}
    if is_known:
        keys_of("identity").make(KeyName(tenant, about["run"], "survey"))
    act_for(connection, tenant)
    connection.execute(text(COLLECTING), about)
    connection.execute(text(THEME), about)
    views = {author: [uuid4(), uuid4()] for author in authors}
    for nr in range(2):
        for author in authors:
            connection.execute(text(VIEW), about | {"id": views[author][nr], "author": author})
            connection.execute(text(CLAIM), {"id": views[author][nr]})
    for author in authors:
        connection.execute(text(DRAFT), about | {"author": author})
    connection.commit()
    return views


def authors_of(connection, tenant: UUID) -> list[Author]:
    act_for(connection, tenant)
    return connection.execute(text("SELECT * FROM author")).all()


def test_authors_find_what_they_gave_and_had_not_sent(before):
    people = {tenant: [uuid4() for _ in range(12)] for tenant in (uuid4(), uuid4())}
    given = {tenant: a_run_of(before, tenant, authors) for tenant, authors in people.items()}
    migrate(before, "head")
    for tenant, authors in people.items():
        rows = authors_of(before, tenant)
        assert {row.pseudonym for row in rows} == set(authors)
        for row in rows:
            key = keys_of("survey").use(KeyName(tenant, row.run_id, "authors"))
            writings = Author(
                run_id=row.run_id, pseudonym=row.pseudonym, version=row.version, sealed=row.sealed
            )
            writings.tenant_id = tenant
            kept = writings.open(key)
            assert set(kept.given) == set(given[tenant][row.pseudonym])
            assert list(kept.drafts.values()) == [Words("Halv", "sv")] and not row.waits
        before.commit()


def test_who_wrote_is_not_known_where_the_key_has_died(before):
    tenant = uuid4()
    a_run_of(before, tenant, [uuid4() for _ in range(3)], is_known=False)
    migrate(before, "head")
    assert authors_of(before, tenant) == []
    assert before.scalar(text("SELECT count(*) FROM view")) == 6


def test_views_that_stood_before_are_counted(before):
    expected = {uuid4(): 4, uuid4(): 0, uuid4(): 6}
    for tenant, standing in expected.items():
        a_run_of(before, tenant, [uuid4() for _ in range(3)])
        act_for(before, tenant)
        some = "SELECT id FROM view LIMIT :standing"
        before.execute(
            text(f"UPDATE view SET status = 'shared' WHERE id IN ({some})"), {"standing": standing}
        )
        before.commit()
    migrate(before, "head")
    for tenant, standing in expected.items():
        act_for(before, tenant)
        assert before.scalar(text("SELECT shared FROM theme")) == standing


def test_no_view_carries_its_author_nor_lies_where_it_lay(before):
    tenant = uuid4()
    given = a_run_of(before, tenant, [uuid4() for _ in range(12)])
    old = before.scalar(text("SELECT pg_relation_filepath('view')"))
    migrate(before, "head")
    act_for(before, tenant)
    lying = list(before.scalars(text("SELECT id FROM view ORDER BY ctid")))
    as_they_came = [view for nr in range(2) for view in (given[author][nr] for author in given)]
    assert sorted(lying) == sorted(as_they_came) and lying != as_they_came
    assert len(set(before.scalars(text("SELECT xmin::text FROM view")))) == 1
    assert before.scalar(text("SELECT pg_relation_filepath('view')")) != old
    assert "author" not in View.__table__.columns
    assert before.scalar(text("SELECT to_regclass('draft') IS NULL"))
    assert before.scalar(text("SELECT count(*) FROM claim")) == 24
    assert list(before.scalars(text("SELECT name FROM timer"))) == ["handful_leaves"]


def test_rows_of_an_organisation_stay_guarded(before):
    a_run_of(before, uuid4(), [uuid4()])
    migrate(before, "head")
    guarded = (
        "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'survey'::regnamespace"
    )
    tables = {"collecting", "theme", "view", "claim", "decision", "author", "seed"}
    assert tables <= set(before.scalars(text(guarded)))
