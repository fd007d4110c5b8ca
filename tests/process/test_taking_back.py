"""A phase that is opened, left out or closed can be taken back for ten minutes; nobody is told before."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.models import PlannedMove, Run
from services.process.models.agreeing import APhaseIsAboutToChange
from services.process.models.moving import AMoveIsPlanned, SayWhy
from services.process.models.planned_move import MoveHasHappened, MoveWasTakenBack
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted, RunMoved, StrayedFromPlan
from shared.problems import NotFound
from shared.tenancy.sessions import acting_for
from tests.process.runs import (
    COORDINATOR,
    LEAD,
    USUAL_PLANNING,
    agreed,
    moved_to,
    phase_of,
    signed_run,
    told,
)

TEN_MINUTES = timedelta(minutes=10)


def announced(to: str | None = None) -> tuple[Run, PlannedMove]:
    """A run whose next phase, or a later one, has been announced; it can be taken back."""
    run = signed_run(days=-USUAL_PLANNING)
    run.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD, " All are here. ", to, "planning")
    return run, run.planned_move


def opened(run: Run) -> list[str]:
    return [phase.phase for phase in told(run, PhaseOpened)]


def test_nobody_is_told_before_the_ten_minutes_are_over():
    run, move = announced()
    assert opened(run) == ["planning"] and not told(run, PhaseClosed)
    assert abs(move.moves_at - datetime.now(UTC) - TEN_MINUTES) < timedelta(minutes=1)
    assert move.timers == {"planned_move": move.moves_at}
    assert run.current.key == "planning"


def test_then_it_happens_once():
    run, move = announced()
    run.go_through_with(move)
    with pytest.raises(MoveHasHappened):
        run.go_through_with(move)
    assert opened(run) == ["planning", "kickoff"] and run.planned_move is None


def test_what_is_taken_back_never_happens_and_leaves_no_decision():
    run, move = announced(to="views")
    run.take_back(move, COORDINATOR)
    with pytest.raises(MoveWasTakenBack):
        run.go_through_with(move)
    assert (run.current.key, run.planned_move, run.decisions) == ("planning", None, [])
    assert (move.reason, move.taken_back_by) == ("", COORDINATOR)
    assert not told(run, StrayedFromPlan)


def test_the_reason_becomes_a_decision_when_it_happens():
    run, move = announced(to="views")
    run.go_through_with(move)
    [decision] = run.decisions
    assert run.current.key == "views"
    assert (decision.reason, decision.decided_by, move.reason) == ("All are here.", LEAD, "")
    assert "skipped" in decision.how


def test_a_move_that_strays_from_nothing_keeps_no_reason():
    _, move = announced()
    assert (move.strays, move.reason) == ([], "")


def test_the_second_to_take_it_back_hears_that_it_was():
    run, move = announced()
    run.take_back(move, LEAD)
    with pytest.raises(MoveWasTakenBack):
        run.take_back(move, COORDINATOR)


def test_who_comes_too_late_to_take_it_back_hears_that_it_has_happened():
    run, move = announced()
    run.go_through_with(move)
    with pytest.raises(MoveHasHappened):
        run.take_back(move, LEAD)


def test_a_move_of_another_run_is_not_there():
    run, move = announced()
    assert run.planned(move.id) is move
    with pytest.raises(NotFound):
        run.planned(uuid4())


def test_two_leads_announce_one_move():
    run, _ = announced()
    with pytest.raises(AMoveIsPlanned):
        run.plan_to_move_on(TEN_MINUTES, "client", COORDINATOR, "Me too.", None, "planning")
    with pytest.raises(AMoveIsPlanned):
        run.move_on("client", COORDINATOR, "Me too.")


def test_leaving_the_agreed_path_asks_why_before_it_is_announced():
    with pytest.raises(SayWhy):
        signed_run().plan_to_move_on(TEN_MINUTES, "consultancy", LEAD)


def test_the_clock_opens_nothing_over_the_head_of_a_person():
    """The kickoff opens on its day, which is today: somebody has just said when, and then that it does not."""
    run, move = announced()
    run.open_by_date(phase_of(run, "kickoff"))
    assert opened(run) == ["planning"]
    run.take_back(move, LEAD)
    run.open_by_date(phase_of(run, "kickoff"))
    assert opened(run) == ["planning", "kickoff"]


def test_what_was_shown_is_not_signed_away_meanwhile():
    run, _ = announced()
    with pytest.raises(APhaseIsAboutToChange):
        agreed(run, {"key": "kickoff", "activities": ["give_views"]})


def test_the_end_of_the_path_can_be_taken_back_too():
    run = moved_to("aftercare")
    run.plan_to_move_on(TEN_MINUTES, "client", COORDINATOR, "", None, "aftercare")
    assert run.planned_move.to is None
    run.take_back(run.planned_move, COORDINATOR)
    assert run.completed_at is None and not told(run, RunCompleted)


def test_the_cockpit_waits_for_nobody_meanwhile():
    with acting_for(uuid4()):
        run = signed_run(days=-USUAL_PLANNING, consultancy_id=uuid4())
        assert told(run, RunMoved)[-1].waiting == ["move_on"]
        run.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD)
        assert told(run, RunMoved)[-1].waiting == []
        run.take_back(run.planned_move, LEAD)
        assert told(run, RunMoved)[-1].waiting == ["move_on"]
