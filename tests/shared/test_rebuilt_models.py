"""Every table that listeners alone write is built anew as it lives, and mended by it."""

from datetime import UTC, datetime
from importlib import import_module
from uuid import uuid4

import pytest
from sqlalchemy import text

from infra.events.rebuild import with_read_models
from services.workshop import ranking
from shared.contracts.identity import KeyDestroyed, TenantOpened
from shared.contracts.process import PhaseClosed, PhaseOpened, RunPlanned
from shared.contracts.publishing import WorkbookLaunched, WorkbookWithdrawn
from shared.contracts.survey import ViewModerated, ViewWithdrawn
from shared.contracts.townhall import QuestionCarriedForward
from shared.contracts.voting import RankingReleased
from shared.contracts.workshop import OutcomeSignedOff
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.bus.postgres import PostgresEventBus
from shared.messaging.rebuild.comparing import are_equal
from shared.tenancy.sessions import acting_for
from tests.shared.test_rebuild import build_anew, hear_all, tell
from tests.shared.test_rebuild import bus as bus
from tests.shared.test_rebuild import owner as owner

GROUND_RULES = ["ground_rules"]


def sources() -> list:
    """Four views are ranked and ranked again; one is taken back, one rejected, and one of which nobody had heard, too."""
    run, theme, views = uuid4(), uuid4(), [uuid4() for _ in range(4)]
    about = {"run_id": run, "theme_id": theme}
    read = {str(views[0]): 12}
    outcome = {"outcome_id": uuid4(), "question_id": uuid4(), "round": 1, "kind": "insight"}
    return [
        RunPlanned(run_id=run, template="hybrid-work", languages=["fi"]),
        RankingReleased(ranking=views, seats=views[:1], **about),
        ViewWithdrawn(view_id=views[1], **about),
        ViewModerated(view_id=views[2], decision="rejected", **about),
        ViewWithdrawn(view_id=uuid4(), **about),
        RankingReleased(ranking=views[::-1], seats=views[:1], readings=read, **about),
        OutcomeSignedOff(derived_from=views[:1], **outcome, **about),
        PhaseOpened(run_id=run, phase="deepen", activities=["workshop_1"]),
        KeyDestroyed(run_id=run, purpose="workshop"),
    ]


def ground() -> list:
    """One run's teams may begin with what the second edition holds; of another the launch was taken back."""
    first, second = uuid4(), uuid4()
    return [
        PhaseOpened(run_id=first, phase="ground_rules", activities=GROUND_RULES),
        launched(first, 1, principles=2, cards=2),
        launched(first, 2, principles=3, cards=1),
        PhaseOpened(run_id=second, phase="ground_rules", activities=GROUND_RULES),
        launched(second, 1, principles=1, cards=1),
        WorkbookWithdrawn(run_id=second, edition_id=uuid4(), number=1),
        PhaseClosed(run_id=second, phase="ground_rules", activities=GROUND_RULES),
    ]


def launched(run, number, principles, cards) -> WorkbookLaunched:
    given = {
        "principles": [uuid4() for _ in range(principles)],
        "idea_cards": [uuid4() for _ in range(cards)],
    }
    return WorkbookLaunched(
        run_id=run, edition_id=uuid4(), number=number, launched_at=datetime.now(UTC), **given
    )


def seeds() -> list:
    run, question, hall = uuid4(), uuid4(), uuid4()
    return [
        QuestionCarriedForward(run_id=run, hall_id=hall, question_id=id, upvotes=upvotes)
        for id, upvotes in [(question, 3), (uuid4(), 1), (question, 4)]
    ]


def pages() -> list:
    """Opened twice: the second name counts."""
    return [TenantOpened(kind="client", slug=slug, languages=["fi"]) for slug in ("old", uuid4().hex[:8])]


TOLD = {
    "publishing": (sources, {"planned_run": 1, "source": 6}),
    "workshop": (sources, {"planned_run": 1, "ranked_view": 4, "fallen_view": 3}),
    "practice": (ground, {"ground": 2, "principle": 3, "idea_card": 1}),
    "survey": (seeds, {"seed": 2}),
    "notification": (pages, {"organisation": 1}),
}
ELSEWHERE = {"lineage", "process"}  # tests/shared/test_rebuild.py


@pytest.fixture(params=TOLD)
def service(request, server, database, bus, avi, kela):
    """Two organisations' events, told and heard."""
    name, (events, _) = request.param, TOLD[request.param]
    with server.connect(database) as connection:
        for table in ("inbox", "dead_letter", "timer", "discarding", *models_of(name).tables):
            connection.execute(f"DELETE FROM {name}.{table}")
    for tenant in (avi, kela):
        with acting_for(tenant):
            tell(bus, *events())
    hear_all(PostgresEventBus(worker_engine_of(name)), models_of(name).listeners)
    return name


def models_of(service):
    return import_module(f"services.{service}.listeners").read_models


def rows_of(service, tenant):
    with acting_for(tenant), worker_sessions_of(service)() as session:
        return {
            table: sorted(session.scalars(text(f'SELECT CAST(t AS text) FROM "{table}" t')))
            for table in models_of(service).tables
        }


def test_what_is_built_anew_is_what_lives(service, bus, owner):
    found = build_anew(bus, owner, models=models_of(service))
    assert are_equal(found)
    assert {table: counts["rows"] for table, counts in found.items()} == {
        table: 2 * rows for table, rows in TOLD[service][1].items()
    }


def test_the_switch_mends_what_was_lost_and_gives_each_organisation_its_own(
    service, bus, owner, server, database, avi, kela
):
    before = {tenant: rows_of(service, tenant) for tenant in (avi, kela)}
    assert before[avi] != before[kela]
    with server.connect(database) as connection:
        for table in models_of(service).tables:
            connection.execute(f"DELETE FROM {service}.{table}")
    build_anew(bus, owner, switch=True, models=models_of(service))
    assert {tenant: rows_of(service, tenant) for tenant in (avi, kela)} == before


def test_who_took_a_view_back_in_the_hour_of_the_ranking_is_not_read_by_it_again(
    bus, owner, server, database, avi
):
    """The hour is all that is told: by the clock the view was gone before it was ranked."""
    with server.connect(database) as connection:
        for table in ("inbox", *models_of("workshop").tables):
            connection.execute(f"DELETE FROM workshop.{table}")
    about, views = {"run_id": uuid4(), "theme_id": uuid4()}, [uuid4(), uuid4()]
    tell(bus, RankingReleased(ranking=views, seats=views, **about))
    hear_all(PostgresEventBus(worker_engine_of("workshop")), models_of("workshop").listeners)
    tell(bus, ViewWithdrawn(view_id=views[0], **about))
    hear_all(PostgresEventBus(worker_engine_of("workshop")), models_of("workshop").listeners)
    assert are_equal(build_anew(bus, owner, switch=True, models=models_of("workshop")))
    with acting_for(avi), worker_sessions_of("workshop")() as session:
        standing = ranking.standing(session, about["run_id"])
        assert [view.view_id for view in standing] == views[1:]


def test_whoever_has_read_models_is_tried_here():
    assert set(with_read_models()) == TOLD.keys() | ELSEWHERE
