"""A read model is built anew from the log beside the living one, held against it, and takes its place without a pause."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from infra.database.postgres import free_port
from infra.events import rebuild as command_line
from services.lineage.listeners import listeners, read_models
from services.lineage.models import Edge, Thing
from shared.contracts.identity import TenantErased
from shared.contracts.process import RunMoved
from shared.contracts.publishing import EditionFrozen, PassageWritten, WorkbookLaunched
from shared.contracts.survey import ViewShared, ViewWithdrawn
from shared.contracts.workshop import QuestionTabled
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.bus.tables import group_partition
from shared.messaging.consumer import Consumer
from shared.messaging.listeners import Listeners
from shared.messaging.outbox import put_in_outbox
from shared.messaging.rebuild.building import NotByEventsAlone
from shared.messaging.rebuild.comparing import are_equal
from shared.messaging.rebuild.read_models import ReadModels
from shared.messaging.rebuild.rebuilding import rebuild
from shared.messaging.rebuild.shadow import CannotBeSwitched
from shared.messaging.scheduling import schedule
from shared.migrations.upgrade import make_tables, owner_engine
from shared.tenancy.sessions import acting_for
from tests.architecture import test_tenancy_catalogue
from tests.shared.conftest import lay, on_its_way
from tests.shared.test_dead_letters import add_dead_letter

SERVICE = "lineage"
TABLES = read_models.tables


@pytest.fixture
def owner(database):
    engine = owner_engine()
    yield engine
    engine.dispose()


@pytest.fixture
def bus(server, database):
    """The bus and the threads of this test alone."""
    with server.connect(database) as connection:
        for table in ("outbox", "inbox", "dead_letter", "timer", "discarding", *TABLES):
            connection.execute(f"DELETE FROM lineage.{table}")
        for table in ("event_log", "group_partition", "group_member"):
            connection.execute(f"DELETE FROM bus.{table}")
        connection.execute("UPDATE bus.log_partition SET next_position = 0")
    return PostgresEventBus(worker_engine_of(SERVICE), lease=5.0)


def tell(bus, *events):
    lay(bus, *map(on_its_way, events))


def a_thread(run: UUID | None = None) -> list:
    """Three views, one of them taken back, lead to a question, which leads to a passage in a launched edition."""
    run, theme, question, edition = run or uuid4(), uuid4(), uuid4(), uuid4()
    views, passage = [uuid4() for _ in range(3)], uuid4()
    about = {"run_id": run, "theme_id": theme}
    return [
        *[ViewShared(view_id=view, language="fi", **about) for view in views],
        ViewWithdrawn(view_id=views[0], **about),
        QuestionTabled(question_id=question, derived_from=views, **about),
        PassageWritten(run_id=run, passage_id=passage, kind="principle", derived_from=[question]),
        EditionFrozen(run_id=run, edition_id=edition, number=1, passages=[passage]),
        WorkbookLaunched(run_id=run, edition_id=edition, number=1, launched_at=datetime.now(UTC)),
    ]


def hear_all(bus, listeners=listeners):
    consumer, idle = Consumer(listeners, worker_sessions_of(listeners.service), bus), 0
    while idle < 3:
        idle = 0 if consumer.run_once() else idle + 1
    consumer.close()


@pytest.fixture
def two_organisations(bus, avi, kela):
    for tenant in (avi, kela):
        with acting_for(tenant):
            tell(bus, *a_thread(), *a_thread())
    hear_all(bus)
    return bus


def build_anew(bus, owner, switch=False, models=read_models):
    return rebuild(models, bus, owner, make_tables, switch, lambda done, total: None).found


def living_rows(tenant, noun):
    with acting_for(tenant), worker_sessions_of(SERVICE)() as session:
        return {tuple(vars_of(row)) for row in session.scalars(select(noun))}


def vars_of(row):
    return [str(getattr(row, column.name)) for column in type(row).__table__.columns]


def schemas(owner):
    with owner.connect() as connection:
        return set(connection.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'lineage%'")))


def lose(server, database, table):
    """As after a mistake in a listener: the living table is not what the log says."""
    with server.connect(database) as connection:
        connection.execute(f"DELETE FROM lineage.{table}")


def test_what_is_built_anew_is_what_lives(two_organisations, owner):
    found = build_anew(two_organisations, owner)
    assert are_equal(found)
    assert {table: counts["rows"] for table, counts in found.items()} == {
        "thing": 20, "edge": 16, "edition": 4, "standing": 4, "agreement": 0,
    }  # fmt: skip
    assert schemas(owner) == {"lineage"}


def test_a_difference_is_told_and_the_switch_mends_it(two_organisations, owner, server, database, avi, kela):
    before = {tenant: living_rows(tenant, Edge) for tenant in (avi, kela)}
    lose(server, database, "edge")
    assert build_anew(two_organisations, owner)["edge"] == {"rows": 16, "living alone": 0, "new alone": 16}
    build_anew(two_organisations, owner, switch=True)
    assert {tenant: living_rows(tenant, Edge) for tenant in (avi, kela)} == before
    assert schemas(owner) == {"lineage"}


def test_after_the_switch_everything_is_protected_as_before(two_organisations, owner):
    build_anew(two_organisations, owner, switch=True)
    with owner.connect() as catalogue:
        test_tenancy_catalogue.test_every_table_has_forced_row_security(catalogue)
        test_tenancy_catalogue.test_every_policy_reads_and_writes_by_organisation(catalogue)
        test_tenancy_catalogue.test_the_organisation_comes_first_in_every_key(catalogue)
        test_tenancy_catalogue.test_no_service_is_powerful(catalogue)
    test_tenancy_catalogue.test_a_service_reaches_only_its_own_schema(None, SERVICE)


def test_listeners_go_on_over_the_switch_and_readers_never_miss_the_tables(bus, owner, avi):
    """Told, heard and read while it is built and switched: afterwards nothing is missing."""
    tell(bus, *[event for _ in range(100) for event in a_thread()])
    hear_all(bus)
    over, troubles, seen = threading.Event(), [], []

    def work(act):
        with acting_for(avi):
            while not over.is_set():
                try:
                    act()
                except Exception as trouble:  # told to the test, which fails by it
                    troubles.append(trouble)
                    return

    consumer = Consumer(listeners, worker_sessions_of(SERVICE), bus)
    acts = [
        lambda: tell(bus, *a_thread()),
        consumer.run_once,
        lambda: seen.append(len(living_rows(avi, Thing))),
    ]
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for _ in range(3):
        build_anew(bus, owner, switch=True)
    over.set()
    for thread in threads:
        thread.join(30)
    consumer.close()
    hear_all(bus)
    assert troubles == [] and seen == sorted(seen) and seen[0] >= 500
    assert are_equal(build_anew(bus, owner))


def test_nobody_is_told_and_nothing_rings(two_organisations, owner):
    def answer(act):
        telling = Listeners(SERVICE)

        @telling.on(ViewShared)
        def answer_again(shared, session):
            act(session)

        return ReadModels(telling, ("thing",))

    tells = answer(lambda session: put_in_outbox(session, [TenantErased()]))
    rings = answer(lambda session: schedule(session, datetime.now(UTC), "again", uuid4()))
    for models in (tells, rings):
        with pytest.raises(NotByEventsAlone):
            build_anew(two_organisations, owner, models=models)
    with worker_engine_of(SERVICE).connect() as connection:
        assert (
            connection.scalar(text("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM timer)"))
            == 0
        )
    assert schemas(owner) == {"lineage"}


def test_dead_letters_are_left_out_until_they_are_taken_up(two_organisations, owner, avi):
    """What the living tables have not heard of is not in the new ones either."""
    with acting_for(avi):
        tell(two_organisations, ViewShared(run_id=uuid4(), view_id=uuid4(), theme_id=uuid4(), language="fi"))
    consumer = Consumer(listeners, worker_sessions_of(SERVICE), two_organisations)
    record = next(
        record for record in iter(lambda: next(iter(consumer.subscription.poll(1)), None), 0) if record
    )
    with worker_engine_of(SERVICE).begin() as connection:
        add_dead_letter(connection, record, "ValueError", attempts=5)
        consumer.subscription.commit(record, connection)
    consumer.close()
    assert are_equal(build_anew(two_organisations, owner))


def test_an_event_that_lies_in_the_log_twice_counts_once(bus, owner, avi):
    run, view, theme = uuid4(), uuid4(), uuid4()
    about = {"run_id": run, "view_id": view, "theme_id": theme}
    once = on_its_way(ViewShared(language="fi", **about))
    lay(bus, once)
    tell(bus, ViewWithdrawn(**about))
    lay(bus, once)
    hear_all(bus)
    assert are_equal(build_anew(bus, owner))
    assert {row[-2] for row in living_rows(avi, Thing)} == {"False"}


def test_who_was_erased_is_not_built_again(two_organisations, owner, avi, kela, hear, world):
    hear(SERVICE, TenantErased())
    while world.let_time_pass(SERVICE):
        pass
    assert are_equal(build_anew(two_organisations, owner, switch=True))
    assert living_rows(avi, Thing) == set() and len(living_rows(kela, Thing)) == 10


def test_garbage_whose_letter_went_with_its_organisation_is_passed_over_and_counted(
    two_organisations, owner, avi, kela, hear, world, capsys
):
    """It lies in the log for ever, and nothing says any more that it was a dead letter."""
    with acting_for(avi):
        lay_garbage(two_organisations)
    hear_all(two_organisations)
    hear(SERVICE, TenantErased())
    while world.let_time_pass(SERVICE):
        pass
    assert command_line.main([SERVICE, "--switch"]) == 0
    assert "nobody can read, passed over: 1." in capsys.readouterr().out
    assert living_rows(avi, Thing) == set() and len(living_rows(kela, Thing)) == 10


def lay_garbage(bus):
    shared = ViewShared(run_id=uuid4(), view_id=uuid4(), theme_id=uuid4(), language="fi")
    lay(bus, replace(on_its_way(shared), value=b"{"))


def test_a_broker_that_is_away_is_told_from_a_difference(
    two_organisations, server, database, monkeypatch, capsys
):
    monkeypatch.setenv("POLKU_KAFKA", f"127.0.0.1:{free_port()}")
    with server.connect(database) as connection:
        connection.execute("UPDATE bus.transport SET name = 'kafka'")
    try:
        assert command_line.main([SERVICE]) == 4
    finally:
        with server.connect(database) as connection:
            connection.execute("UPDATE bus.transport SET name = 'postgres'")
    assert "the broker is away" in capsys.readouterr().err


def test_a_listener_that_breaks_is_told_from_a_difference(two_organisations, monkeypatch, capsys):
    broken = Listeners(SERVICE)

    @broken.on(ViewShared)
    def lose_count(shared, session):
        raise ArithmeticError

    monkeypatch.setattr("services.lineage.listeners.read_models", ReadModels(broken, ("thing",)))
    assert command_line.main([SERVICE]) == 3
    assert "lose_count" in capsys.readouterr().err


def test_who_is_erased_during_the_building_does_not_come_back_with_the_switch(
    two_organisations, owner, avi, kela, hear, world, monkeypatch
):
    """All is read before anybody stands still; then one is erased and swept, and then the tables change places."""
    monkeypatch.setattr("shared.messaging.rebuild.rebuilding.NEAR", 0)
    erased = []

    def erase_when_all_is_read(done, total):
        if done == total and not erased:
            erased.append(done)
            hear(SERVICE, TenantErased())
            while world.let_time_pass(SERVICE):
                pass

    rebuild(read_models, two_organisations, owner, make_tables, True, erase_when_all_is_read)
    assert erased and living_rows(avi, Thing) == set()
    assert len(living_rows(kela, Thing)) == 10


def test_a_table_that_others_hold_on_to_is_refused(two_organisations, owner):
    from services.process.listeners import listeners as of_process

    with pytest.raises(CannotBeSwitched):
        build_anew(two_organisations, owner, switch=True, models=ReadModels(of_process, ("phase",)))


def test_the_cockpit_is_built_anew_from_what_runs_told(bus, owner, avi, kela, server, database):
    from services.process.listeners import listeners as of_process
    from services.process.listeners import read_models as cockpit

    with server.connect(database) as connection:
        connection.execute("DELETE FROM process.standing")
        connection.execute("DELETE FROM process.inbox")
    tell(
        bus, *[RunMoved(run_id=uuid4(), client_id=avi, consultancy_id=kela, phase="views") for _ in range(5)]
    )
    hear_all(PostgresEventBus(worker_engine_of("process")), of_process)
    found = build_anew(bus, owner, switch=True, models=cockpit)
    assert are_equal(found) and found["standing"]["rows"] == 5


def test_an_operator_builds_compares_and_switches_by_command_line(
    two_organisations, server, database, capsys
):
    assert command_line.main([SERVICE]) == 0
    lose(server, database, "standing")
    assert command_line.main([SERVICE]) == 1
    assert "standing: 4 rows, 0 in the living table alone, 4 in the new one alone" in capsys.readouterr().out
    assert command_line.main([SERVICE, "--switch"]) == 0
    assert command_line.main([SERVICE]) == 0
    with pytest.raises(SystemExit) as ended:
        command_line.main(["voting"])
    assert ended.value.code == 2


def test_a_log_that_is_not_whole_is_not_taken_for_the_truth(two_organisations, capsys, server, database):
    with server.connect(database) as connection:
        connection.execute("DELETE FROM bus.event_log WHERE topic = 'survey.view'")
    assert command_line.main([SERVICE, "--switch"]) == 3
    assert "Nothing was changed" in capsys.readouterr().err


def test_positions_stay_where_they_are(two_organisations, owner):
    def positions():
        with worker_engine_of(SERVICE).connect() as connection:
            return {
                (row.topic, row.partition): row.committed
                for row in connection.execute(select(group_partition))
            }

    before = positions()
    build_anew(two_organisations, owner, switch=True)
    assert positions() == before
