from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.process.models.moving import NoSuchPhase, SayWhy, ThePathHasEnded
from shared.contracts.process import (
    PhaseClosed,
    PhaseOpened,
    PlanAgreed,
    RunCompleted,
    RunPlanned,
    StrayedFromPlan,
)
from shared.problems import SomebodyWasFaster

LEAD = uuid4()
USUAL_PLANNING = 28  # days of the template's first phase


def test_the_planning_opens_with_the_run(a_run, told):
    run = a_run()
    opened = told("process", RunPlanned, PhaseOpened)
    assert [type(event) for event in opened] == [RunPlanned, PhaseOpened]
    assert opened[1].activities == ["plan"] and opened[1].phase_id == run.phases[0].id


def test_a_phase_that_opens_on_its_day_with_the_goal_reached_needs_no_reason(signed_run, on_the_way, told):
    run = signed_run(days=-USUAL_PLANNING)
    with on_the_way(run) as mine:
        assert mine.strays() == []
        mine.move_on("consultancy", LEAD)
    assert not told("process", StrayedFromPlan)
    assert told("process", PhaseClosed)[0].phase == "planning"
    assert told("process", PhaseOpened)[-1].activities == ["kickoff"]


def test_going_on_early_asks_for_a_reason_and_keeps_it(signed_run, on_the_way, told):
    run = signed_run()
    for nothing in ("", "\u00ad"):  # a soft hyphen shows nothing
        with on_the_way(run) as mine, pytest.raises(SayWhy):
            mine.move_on("consultancy", LEAD, reason=nothing)
    with on_the_way(run) as mine:
        mine.move_on("consultancy", LEAD, reason="Everybody is at the same site this week.")
        assert mine.decisions[0].reason == "Everybody is at the same site this week."
    assert [(strayed.how, strayed.phase) for strayed in told("process", StrayedFromPlan)] == [
        ("early", "planning")
    ]


def test_going_on_late_asks_for_a_reason(signed_run, on_the_way):
    with on_the_way(signed_run(days=-USUAL_PLANNING - 3)) as run:
        assert run.strays() == ["late"]


def test_going_on_past_an_unmet_goal_asks_for_a_reason(signed_run, moved_to, on_the_way):
    run = signed_run()
    moved_to(run, "views")
    with on_the_way(run) as mine:
        assert "goal_not_reached" in mine.strays()
        mine.reach("turnout_reached")
        assert "goal_not_reached" not in mine.strays()


def test_leaving_phases_out_is_told(signed_run, on_the_way, told):
    run = signed_run()
    with on_the_way(run) as mine:
        mine.move_on("client", LEAD, reason="The lecture was held last year.", to="views")
        assert [phase.state for phase in mine.phases][:3] == ["done", "skipped", "current"]
    assert "skipped" in [strayed.how for strayed in told("process", StrayedFromPlan)]


def test_nobody_goes_back_by_moving_on(signed_run, moved_to, on_the_way):
    run = signed_run()
    moved_to(run, "views")
    with on_the_way(run) as mine, pytest.raises(NoSuchPhase):
        mine.move_on("consultancy", LEAD, reason="Back!", to="kickoff")


def test_an_impatient_double_click_moves_one_phase(signed_run, on_the_way):
    run = signed_run(days=-USUAL_PLANNING)
    with on_the_way(run) as mine:
        mine.move_on("consultancy", LEAD, leaving="planning")
    with on_the_way(run) as mine, pytest.raises(SomebodyWasFaster):
        mine.move_on("consultancy", LEAD, leaving="planning", reason="Click.")


def test_an_activity_that_goes_on_is_not_ended(signed_run, moved_to, on_the_way, told):
    run = signed_run()
    with on_the_way(run) as mine:
        both = [{"key": "priorities", "activities": ["give_views", "prioritise"]}]
        mine.propose(both, "Side by side", "client", LEAD).sign("consultancy", LEAD)
    moved_to(run, "priorities")
    closed = next(event for event in told("process", PhaseClosed) if event.phase == "views")
    assert (closed.activities, closed.goes_on) == (["give_views"], ["give_views"])


def test_the_path_ends_after_its_last_phase(signed_run, moved_to, on_the_way, told):
    run = signed_run()
    moved_to(run, "aftercare")
    with on_the_way(run) as mine:
        mine.move_on("client", LEAD)
        assert mine.current is None and mine.completed_at
        with pytest.raises(ThePathHasEnded):
            mine.move_on("client", LEAD)
    assert told("process", RunCompleted) == [RunCompleted(run_id=run.id)]


def test_a_phase_opens_by_its_date_exactly_once(signed_run, world, told):
    signed_run(days=-USUAL_PLANNING)
    for _ in range(3):
        world.let_time_pass("process")
    assert [opened.phase for opened in told("process", PhaseOpened)] == ["planning", "kickoff"]


def test_the_clock_opens_nothing_before_its_agreed_moment(signed_run, world, told):
    signed_run(days=-3)
    world.let_time_pass("process")
    assert [opened.phase for opened in told("process", PhaseOpened)] == ["planning"]


def test_the_clock_opens_nothing_that_is_not_next(signed_run, on_the_way, world, told):
    run = signed_run(days=-USUAL_PLANNING)
    with on_the_way(run) as mine:
        soon = {
            "key": "deepen",
            "opens_by": "date",
            "opens_at": (datetime.now(UTC) + timedelta(days=45)).isoformat(),
        }
        mine.propose([soon], "", "client", LEAD).sign("consultancy", LEAD)
    world.let_time_pass("process")
    assert "deepen" not in [opened.phase for opened in told("process", PhaseOpened)]


def test_a_phase_opened_by_hand_does_not_open_again_by_its_date(signed_run, on_the_way, world, told):
    run = signed_run(days=-USUAL_PLANNING)
    with on_the_way(run) as mine:
        mine.move_on("consultancy", LEAD)
    world.let_time_pass("process")
    assert [opened.phase for opened in told("process", PhaseOpened)] == ["planning", "kickoff"]


def test_a_phase_opens_when_the_goal_is_reached_where_the_plan_says_so(
    signed_run, moved_to, on_the_way, told
):
    run = signed_run(days=-USUAL_PLANNING - 40)
    with on_the_way(run) as mine:
        mine.propose([{"key": "priorities", "opens_by": "goal"}], "", "client", LEAD).sign(
            "consultancy", LEAD
        )
    moved_to(run, "views")
    with on_the_way(run) as mine:
        mine.reach("turnout_reached")
        assert mine.current.key == "priorities"
    assert told("process", PlanAgreed)[-1].version == 2
