from uuid import uuid4

from shared.contracts.identity import TurnoutKnown
from shared.contracts.process import DriftNoticed
from shared.contracts.survey import ThemePublished
from shared.contracts.voting import FloorReached

LEAD = uuid4()


def kinds(told) -> list[tuple[str, str]]:
    return [(noticed.phase, noticed.kind) for noticed in told("process", DriftNoticed)]


def test_a_phase_opened_early_is_noticed(signed_run, on_the_way, told):
    with on_the_way(signed_run()) as run:
        run.move_on("consultancy", LEAD, reason="All are here.")
    assert ("kickoff", "opened_early") in kinds(told)


def test_a_phase_left_out_is_noticed(signed_run, on_the_way, told):
    with on_the_way(signed_run()) as run:
        run.move_on("consultancy", LEAD, reason="Held already.", to="views")
    assert ("kickoff", "skipped") in kinds(told)


def test_a_phase_that_is_over_its_time_is_noticed_once(signed_run, moved_to, world, told):
    run = signed_run(days=-200)
    moved_to(run, "views")
    world.let_time_pass("process")
    world.let_time_pass("process")
    assert kinds(told).count(("views", "late")) == 1


def test_low_turnout_is_noticed_and_over_when_people_come(
    signed_run, moved_to, world, on_the_way, hear, told
):
    run = signed_run()
    moved_to(run, "views")
    world.let_time_pass("process")
    assert ("views", "low_turnout") in kinds(told)
    hear("process", TurnoutKnown(run_id=run.id, activity="give_views", took_part=60, invited=100))
    with on_the_way(run) as mine:
        assert "low_turnout" not in [drift.kind for drift in mine.drifting]
        assert mine.current.goal_reached_at


def test_turnout_below_the_target_reaches_no_goal(signed_run, moved_to, on_the_way, hear):
    run = signed_run()
    moved_to(run, "views")
    hear("process", TurnoutKnown(run_id=run.id, activity="give_views", took_part=49, invited=100))
    with on_the_way(run) as mine:
        assert (mine.took_part, mine.current.goal_reached_at) == (49, None)


def test_turnout_of_another_activity_is_not_this_phases(signed_run, moved_to, on_the_way, hear):
    run = signed_run()
    moved_to(run, "priorities")
    hear("process", TurnoutKnown(run_id=run.id, activity="give_views", took_part=60, invited=100))
    with on_the_way(run) as mine:
        assert mine.took_part == 0


def test_few_readings_are_noticed_and_over_when_every_theme_is_read_enough(
    signed_run, moved_to, world, on_the_way, hear, told
):
    run, themes = signed_run(), [uuid4(), uuid4()]
    hear(
        "process",
        *[ThemePublished(run_id=run.id, theme_id=t, position=p, key=str(p)) for p, t in enumerate(themes)],
    )
    moved_to(run, "priorities")
    world.let_time_pass("process")
    assert ("priorities", "few_readings") in kinds(told)
    hear("process", FloorReached(run_id=run.id, theme_id=themes[0], floor=10))
    with on_the_way(run) as mine:
        assert mine.current.goal_reached_at is None
    hear("process", FloorReached(run_id=run.id, theme_id=themes[1], floor=10))
    with on_the_way(run) as mine:
        assert mine.current.goal_reached_at and "few_readings" not in [drift.kind for drift in mine.drifting]


def test_drift_ends_with_the_phase_after(signed_run, on_the_way):
    run = signed_run()
    with on_the_way(run) as mine:
        mine.move_on("consultancy", LEAD, reason="Held already.", to="views")
        assert {drift.kind for drift in mine.drifting} == {"skipped", "opened_early"}
    with on_the_way(run) as mine:
        mine.move_on("consultancy", LEAD, reason="Enough views.")
        assert [(drift.phase, drift.kind) for drift in mine.drifting] == [("priorities", "opened_early")]
