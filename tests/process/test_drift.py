"""Where plan and reality differ: noticed once, and over when it is over."""

from datetime import timedelta
from uuid import uuid4

from services.process.models import Run
from shared.contracts.process import DriftNoticed
from tests.process.runs import LEAD, moved_to, phase_of, signed_run, told


def kinds(run: Run) -> list[tuple[str, str]]:
    return [(noticed.phase, noticed.kind) for noticed in told(run, DriftNoticed)]


def going_on(run: Run) -> list[str]:
    return [drift.kind for drift in run.drifting]


def test_a_phase_opened_early_is_noticed():
    run = signed_run()
    run.move_on("consultancy", LEAD, reason="All are here.")
    assert kinds(run) == [("kickoff", "opened_early")]


def test_a_phase_opened_late_is_noticed():
    run = signed_run(days=-40)
    run.move_on("consultancy", LEAD, reason="Now we are here.")
    assert ("kickoff", "opened_late") in kinds(run)


def test_a_phase_left_out_is_noticed():
    run = signed_run()
    run.move_on("consultancy", LEAD, reason="Held already.", to="views")
    assert ("kickoff", "skipped") in kinds(run)


def test_it_is_noticed_once_in_a_phase():
    run = moved_to("views")
    for _ in range(2):
        run.notice("late", run.current)
    assert kinds(run).count(("views", "late")) == 1


def test_two_thirds_into_a_phase_somebody_looks_and_a_day_after_it_is_late():
    run = moved_to("views")
    views, timers = run.current, run.current.timers
    agreed = views.closes_at - views.opened_at
    assert timers["phase_is_looked_at"] == views.opened_at + agreed * 2 / 3
    assert timers["phase_is_overdue"] == views.closes_at + timedelta(days=1)


def test_nobody_looks_at_a_phase_that_is_over():
    run = moved_to("priorities")
    timers = phase_of(run, "views").timers
    assert timers == {"phase_opens": None, "phase_is_looked_at": None, "phase_is_overdue": None}


def test_a_phase_that_opens_after_its_own_end_is_looked_at_by_nobody():
    run = moved_to("views", days=-300)
    assert run.current.timers["phase_is_looked_at"] is None


def test_low_turnout_is_noticed_and_over_when_people_come():
    run = moved_to("views")
    run.look_at(run.current)
    assert ("views", "low_turnout") in kinds(run)
    run.count_turnout("give_views", took_part=50, invited=100)
    assert "low_turnout" not in going_on(run)
    assert run.current.goal_reached_at and run.turnout == 0.5


def test_turnout_below_the_target_reaches_no_goal():
    run = moved_to("views")
    run.count_turnout("give_views", took_part=49, invited=100)
    assert (run.took_part, run.current.goal_reached_at) == (49, None)


def test_of_nobody_invited_no_goal_is_reached():
    run = moved_to("views")
    run.count_turnout("give_views", took_part=0, invited=0)
    assert (run.turnout, run.current.goal_reached_at) == (None, None)


def test_turnout_of_another_activity_is_not_this_phases():
    run = moved_to("priorities")
    run.count_turnout("give_views", took_part=60, invited=100)
    assert run.took_part == 0


def test_a_new_phase_counts_its_own_people():
    run = moved_to("views")
    run.count_turnout("give_views", took_part=60, invited=100)
    run.move_on("consultancy", LEAD, reason="Enough views.")
    assert run.took_part == 0


def test_few_readings_are_noticed_and_over_when_every_theme_is_read_enough():
    run, themes = moved_to("priorities"), [uuid4(), uuid4()]
    for theme in themes:
        run.has_theme(theme)
    run.look_at(run.current)
    assert ("priorities", "few_readings") in kinds(run)
    run.theme_is_read_enough(themes[0])
    assert run.current.goal_reached_at is None
    run.theme_is_read_enough(themes[1])
    assert run.current.goal_reached_at and "few_readings" not in going_on(run)


def test_drift_ends_with_the_phase_after():
    run = signed_run()
    run.move_on("consultancy", LEAD, reason="Held already.", to="views")
    assert set(going_on(run)) == {"skipped", "opened_early"}
    run.move_on("consultancy", LEAD, reason="Enough views.")
    assert [(drift.phase, drift.kind) for drift in run.drifting] == [("priorities", "opened_early")]
