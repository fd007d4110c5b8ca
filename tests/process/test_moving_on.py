"""People move a run on; the clock and a goal do where the plan says so."""

import pytest

from services.process.models.moving import NoSuchPhase, SayWhy, ThePathHasEnded
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted, RunPlanned, StrayedFromPlan
from shared.problems import SomebodyWasFaster
from tests.process.runs import (
    COORDINATOR,
    LEAD,
    USUAL_PLANNING,
    a_run,
    agreed,
    in_days,
    moved_to,
    phase_of,
    signed_run,
    told,
)


def opened(run) -> list[str]:
    return [phase.phase for phase in told(run, PhaseOpened)]


def test_the_planning_opens_with_the_run():
    run = a_run()
    planned, opening = told(run, RunPlanned, PhaseOpened)
    assert isinstance(planned, RunPlanned)
    assert (opening.activities, opening.phase_id) == (["plan"], run.phases[0].id)


def test_a_phase_that_opens_on_its_day_with_the_goal_reached_needs_no_reason():
    run = signed_run(days=-USUAL_PLANNING)
    assert run.strays() == []
    run.move_on("consultancy", LEAD)
    assert not told(run, StrayedFromPlan) and not run.decisions
    assert told(run, PhaseClosed)[0].phase == "planning"
    assert told(run, PhaseOpened)[-1].activities == run.activities == ["kickoff"]


@pytest.mark.parametrize("nothing", ["", " ", "\u00ad"])  # a soft hyphen shows nothing
def test_nobody_leaves_the_agreed_path_without_a_reason(nothing):
    run = signed_run()
    with pytest.raises(SayWhy):
        run.move_on("consultancy", LEAD, reason=nothing)
    assert run.current.key == "planning"


def test_going_on_early_keeps_its_reason_and_who_gave_it():
    run = signed_run()
    run.move_on("consultancy", LEAD, reason=" Everybody is at the same site this week. ")
    [decision] = run.decisions
    assert decision.reason == "Everybody is at the same site this week."
    assert (decision.party, decision.decided_by, decision.how) == ("consultancy", LEAD, ["early"])
    [strayed] = told(run, StrayedFromPlan)
    assert (strayed.how, strayed.phase, strayed.decision_id) == ("early", "planning", decision.id)


def test_going_on_late_asks_for_a_reason():
    assert signed_run(days=-USUAL_PLANNING - 3).strays() == ["late"]


def test_going_on_past_an_unmet_goal_asks_for_a_reason():
    run = moved_to("views")
    assert "goal_not_reached" in run.strays()
    run.reach("turnout_reached")
    assert "goal_not_reached" not in run.strays()


def test_leaving_phases_out_is_told():
    run = signed_run()
    run.move_on("client", COORDINATOR, reason="The lecture was held last year.", to="views")
    assert [phase.state for phase in run.phases][:3] == ["done", "skipped", "current"]
    assert "skipped" in [strayed.how for strayed in told(run, StrayedFromPlan)]


def test_a_phase_that_is_left_out_does_not_open_by_itself():
    run = signed_run()
    run.move_on("client", COORDINATOR, reason="The lecture was held last year.", to="views")
    assert phase_of(run, "kickoff").timers["phase_opens"] is None


def test_nobody_goes_back_by_moving_on():
    with pytest.raises(NoSuchPhase):
        moved_to("views").move_on("consultancy", LEAD, reason="Back!", to="kickoff")


def test_an_impatient_double_click_moves_one_phase():
    run = signed_run(days=-USUAL_PLANNING)
    run.move_on("consultancy", LEAD, leaving="planning")
    with pytest.raises(SomebodyWasFaster):
        run.move_on("consultancy", LEAD, leaving="planning", reason="Click.")
    assert run.current.key == "kickoff"


def test_an_activity_that_goes_on_is_not_ended():
    run = signed_run()
    agreed(run, {"key": "priorities", "activities": ["give_views", "prioritise"]})
    run.move_on("consultancy", LEAD, reason="On we go.", to="views")
    ahead = run.ahead()
    assert (ahead.closes, ahead.goes_on, ahead.opens) == ([], ["give_views"], ["prioritise"])
    run.move_on("consultancy", LEAD, reason="On we go.")
    closed = told(run, PhaseClosed)[-1]
    assert (closed.phase, closed.activities, closed.goes_on) == ("views", ["give_views"], ["give_views"])


def test_before_it_happens_a_move_is_seen_as_it_would_be():
    run = signed_run()
    ahead = run.ahead(to="views")
    assert (ahead.leaving, ahead.to, ahead.closes_at) == (
        "planning",
        "views",
        phase_of(run, "views").closes_at,
    )
    assert [phase.key for phase in ahead.skips] == ["kickoff"]
    assert set(ahead.strays) == {"early", "skipped"}
    assert run.current.key == "planning"


def test_after_the_last_phase_there_is_nothing_ahead():
    ahead = moved_to("aftercare").ahead()
    assert (ahead.to, ahead.closes_at, ahead.opens, ahead.skips) == (None, None, [], [])


def test_the_path_ends_after_its_last_phase():
    run = moved_to("aftercare")
    run.move_on("client", COORDINATOR)
    assert run.current is None and run.completed_at and run.activities == []
    assert told(run, RunCompleted) == [RunCompleted(run_id=run.id, by_id=COORDINATOR)]
    with pytest.raises(ThePathHasEnded):
        run.move_on("client", COORDINATOR)
    with pytest.raises(ThePathHasEnded):
        run.ahead()


def test_the_clock_is_set_for_the_agreed_moment_of_a_phase_that_opens_by_itself():
    assert "phase_opens" not in phase_of(a_run(), "kickoff").timers
    run = signed_run()
    assert phase_of(run, "kickoff").timers["phase_opens"] == phase_of(run, "kickoff").opens_at
    assert phase_of(run, "views").timers["phase_opens"] is None  # people open it


def test_a_new_agreement_sets_the_clock_anew():
    run = signed_run()
    agreed(run, {"key": "kickoff", "opens_by": "hand"}, {"key": "views", "opens_by": "date"})
    assert phase_of(run, "kickoff").timers["phase_opens"] is None
    assert phase_of(run, "views").timers["phase_opens"] == phase_of(run, "views").opens_at


def test_a_phase_opens_by_its_date_exactly_once():
    run = signed_run(days=-USUAL_PLANNING)
    for _ in range(3):
        run.open_by_date(phase_of(run, "kickoff"))
    assert opened(run) == ["planning", "kickoff"]


def test_the_clock_opens_nothing_before_its_agreed_moment():
    run = signed_run(days=-3)
    run.open_by_date(phase_of(run, "kickoff"))
    assert opened(run) == ["planning"]


def test_the_clock_opens_nothing_before_both_have_signed():
    run = a_run(days=-USUAL_PLANNING)
    run.open_by_date(phase_of(run, "kickoff"))
    assert opened(run) == ["planning"]


def test_the_clock_opens_nothing_that_is_not_next():
    run = signed_run(days=-USUAL_PLANNING)
    agreed(
        run,
        {"key": "deepen", "opens_by": "date", "opens_at": in_days(45)},
        {"key": "kickoff", "opens_by": "hand"},
    )
    run.open_by_date(phase_of(run, "deepen"))
    assert opened(run) == ["planning"]


def test_a_phase_opened_by_hand_does_not_open_again_by_its_date():
    run = signed_run(days=-USUAL_PLANNING)
    run.move_on("consultancy", LEAD)
    kickoff = phase_of(run, "kickoff")
    assert kickoff.timers["phase_opens"] is None
    run.open_by_date(kickoff)
    assert opened(run) == ["planning", "kickoff"]


def test_a_phase_opens_when_the_goal_is_reached_where_the_plan_says_so():
    run = signed_run(days=-USUAL_PLANNING - 40)
    agreed(run, {"key": "priorities", "opens_by": "goal"})
    run.move_on("consultancy", LEAD, reason="On we go.", to="views")
    run.reach("turnout_reached")
    assert run.current.key == "priorities" and run.version == 2


def test_a_goal_that_is_reached_too_early_opens_nothing_before_its_day():
    run = signed_run()
    agreed(run, {"key": "priorities", "opens_by": "goal"})
    run.move_on("consultancy", LEAD, reason="On we go.", to="views")
    run.reach("turnout_reached")
    assert run.current.key == "views"


def test_the_clock_looks_at_the_turnout_of_a_phase_that_it_ends():
    run = moved_to("views", days=-90)
    agreed(run, {"key": "priorities", "opens_by": "date"})
    run.open_by_date(phase_of(run, "priorities"))
    assert run.current.key == "priorities" and "low_turnout" in [drift.kind for drift in run.drifts]
