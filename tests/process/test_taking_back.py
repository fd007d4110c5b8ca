"""A phase that is opened, left out or closed can be taken back for ten minutes; nobody is told before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.process.models.agreeing import APhaseIsAboutToChange
from services.process.models.moving import AMoveIsPlanned, SayWhy
from services.process.models.planned_move import MoveHasHappened, MoveWasTakenBack
from shared.contracts.process import PhaseClosed, PhaseOpened, RunCompleted, RunMoved, StrayedFromPlan
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.timers import ring_one

LEAD, COORDINATOR = uuid4(), uuid4()
TEN_MINUTES = timedelta(minutes=10)
USUAL_PLANNING = 28


@pytest.fixture
def announced(signed_run, on_the_way):
    """A run whose next phase, or a later one, has been announced; it can be taken back."""

    def announce(to: str | None = None):
        run = signed_run(days=-USUAL_PLANNING)
        with on_the_way(run) as mine:
            mine.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD, "All are here.", to, "planning")
            return run, mine.planned_move.id

    return announce


def names(told) -> list[str]:
    return [opened.phase for opened in told("process", PhaseOpened)]


def test_nobody_is_told_before_the_ten_minutes_are_over(announced, told, on_the_way):
    run, _ = announced()
    assert names(told) == ["planning"] and not told("process", PhaseClosed)
    with on_the_way(run) as mine:
        in_ten_minutes = datetime.now(UTC) + TEN_MINUTES
        assert abs(mine.planned_move.moves_at - in_ten_minutes) < timedelta(minutes=1)
        assert mine.current.key == "planning"


def test_then_it_happens_once_by_itself(announced, told, world):
    announced()
    for _ in range(2):
        world.let_time_pass("process")
    assert names(told) == ["planning", "kickoff"]
    assert [closed.phase for closed in told("process", PhaseClosed)] == ["planning"]


def test_what_is_taken_back_never_happens_and_leaves_no_decision(announced, told, on_the_way, world):
    run, move = announced(to="views")
    with on_the_way(run) as mine:
        mine.take_back(mine.planned(move), COORDINATOR)
    with on_the_way(run) as mine:
        mine.propose([{"key": "kickoff", "opens_by": "hand"}], "", "client", LEAD).sign("consultancy", LEAD)
    world.let_time_pass("process")
    with on_the_way(run) as mine:
        assert (mine.current.key, mine.planned_move, mine.decisions) == ("planning", None, [])
        assert mine.planned(move).reason == ""
    assert not told("process", StrayedFromPlan) and names(told) == ["planning"]


def test_the_reason_becomes_a_decision_when_it_happens(announced, told, on_the_way, world):
    run, move = announced(to="views")
    world.let_time_pass("process")
    with on_the_way(run) as mine:
        assert mine.current.key == "views"
        [decision] = mine.decisions
        assert (decision.reason, decision.decided_by) == ("All are here.", LEAD)
        assert "skipped" in decision.how and mine.planned(move).reason == ""


def test_the_second_to_take_it_back_hears_that_it_was(announced, on_the_way):
    run, move = announced()
    with on_the_way(run) as mine:
        mine.take_back(mine.planned(move), LEAD)
    with on_the_way(run) as mine, pytest.raises(MoveWasTakenBack):
        mine.take_back(mine.planned(move), COORDINATOR)
    with on_the_way(run) as mine, pytest.raises(MoveWasTakenBack):
        mine.go_through_with(mine.planned(move))


def test_who_comes_too_late_to_take_it_back_hears_that_it_has_happened(announced, on_the_way, world):
    run, move = announced()
    world.let_time_pass("process")
    with on_the_way(run) as mine, pytest.raises(MoveHasHappened):
        mine.take_back(mine.planned(move), LEAD)


def test_whoever_takes_it_back_at_its_very_moment_and_the_worker_do_not_block_each_other(
    signed_run, on_the_way, world, told, caplog
):
    """The worker has taken the alarm and waits for the run; the person holds the run, and takes the move back."""
    run = signed_run()
    with on_the_way(run) as mine:
        mine.propose([{"key": "kickoff", "opens_by": "hand"}], "", "client", LEAD).sign("consultancy", LEAD)
        mine.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD, "All are here.")
    with ThreadPoolExecutor(1) as worker:
        with on_the_way(run) as mine:
            ringing = worker.submit(ring_the_alarm_of, mine.planned_move.id, world)
            wait_until_somebody_waits_for_a_lock()
            mine.take_back(mine.planned_move, LEAD)
        assert ringing.result(timeout=20) and "failed" not in caplog.text
    assert names(told) == ["planning"]


def ring_the_alarm_of(move_id: UUID, world) -> bool:
    due = text("UPDATE alarm SET due_at = now() - interval '1 second' WHERE about = :move RETURNING *")
    with worker_engine_of("process").begin() as connection:
        row = connection.execute(due, {"move": move_id}).one()
    return ring_one(row, world.listeners("process"), worker_sessions_of("process"))


def wait_until_somebody_waits_for_a_lock() -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(10_000):
        with worker_sessions_of("process")() as session:  # who rings is a worker, and seen by its like alone
            if session.scalar(waiting):
                return
    raise AssertionError("Nobody waited.")


def test_it_happens_at_once_where_somebody_says_so(announced, on_the_way, told, world):
    run, move = announced()
    with on_the_way(run) as mine:
        mine.go_through_with(mine.planned(move))
        assert mine.current.key == "kickoff"
    world.let_time_pass("process")
    assert names(told) == ["planning", "kickoff"]


def test_two_leads_announce_one_move(announced, on_the_way):
    run, _ = announced()
    with on_the_way(run) as mine, pytest.raises(AMoveIsPlanned):
        mine.plan_to_move_on(TEN_MINUTES, "client", COORDINATOR, "Me too.", None, "planning")
    with on_the_way(run) as mine, pytest.raises(AMoveIsPlanned):
        mine.move_on("client", COORDINATOR, "Me too.")


def test_leaving_the_agreed_path_asks_why_before_it_is_announced(signed_run, on_the_way):
    with on_the_way(signed_run()) as mine, pytest.raises(SayWhy):
        mine.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD)


def test_the_clock_opens_nothing_over_the_head_of_a_person(signed_run, on_the_way, told, world):
    """The kickoff opens on its day, which is today: somebody has just said that it does, and then that it does not."""
    run = signed_run(days=-USUAL_PLANNING)
    with on_the_way(run) as mine:
        mine.plan_to_move_on(timedelta(days=400), "consultancy", LEAD, "", None, "planning")
        mine.open_by_date(mine.coming[0])
        mine.take_back(mine.planned_move, LEAD)
    assert names(told) == ["planning"]


def test_what_was_shown_is_not_signed_away_meanwhile(announced, on_the_way):
    run, _ = announced()
    with on_the_way(run) as mine:
        other = mine.propose([{"key": "kickoff", "activities": ["give_views"]}], "", "client", COORDINATOR)
        with pytest.raises(APhaseIsAboutToChange):
            other.sign("consultancy", LEAD)


def test_the_end_of_the_path_can_be_taken_back_too(signed_run, moved_to, on_the_way, told):
    run = signed_run()
    moved_to(run, "aftercare")
    with on_the_way(run) as mine:
        mine.plan_to_move_on(TEN_MINUTES, "client", COORDINATOR, "", None, "aftercare")
        assert mine.planned_move.to is None
        mine.take_back(mine.planned_move, COORDINATOR)
        assert mine.completed_at is None
    assert not told("process", RunCompleted)


def test_the_cockpit_waits_for_nobody_meanwhile(announced, on_the_way, told):
    run, move = announced()
    assert told("process", RunMoved)[-1].waiting == []
    with on_the_way(run) as mine:
        mine.take_back(mine.planned(move), LEAD)
    assert told("process", RunMoved)[-1].waiting == ["move_on"]


def test_a_phase_is_announced_and_taken_back_over_http(signed_run, http, pekka, consultancy):
    run = signed_run(days=-USUAL_PLANNING)
    lead = http("process").as_("lead", home=consultancy)
    ahead = lead.get(f"/runs/{run.id}/moves?to=views").json
    assert ahead["closes"] == ["plan"] and ahead["opens"] == ["give_views"]
    assert [phase["key"] for phase in ahead["skips"]] == ["kickoff"] and "skipped" in ahead["strays"]
    told_of = lead.post(f"/runs/{run.id}/moves", json={"leaving": "planning", "in_minutes": 10}).json
    move = told_of["planned_move"]
    assert (move["leaving"], move["to"], told_of["activities"]) == ("planning", "kickoff", ["plan"])
    back = f"/runs/{run.id}/moves/{move['id']}/taking-back"
    assert http("process").as_("participant").post(back).status_code == 403
    assert pekka("process").post(back).status_code == 404
    assert lead.post(f"/runs/{run.id}/moves/{uuid4()}/taking-back").status_code == 404
    assert lead.post(back).json["planned_move"] is None
    again = lead.post(back)
    assert (again.status_code, again.json["code"]) == (409, "move-was-taken-back")


def test_a_move_goes_through_at_once_over_http(signed_run, http, consultancy):
    run = signed_run(days=-USUAL_PLANNING)
    lead = http("process").as_("lead", home=consultancy)
    move = lead.post(f"/runs/{run.id}/moves", json={"in_minutes": 10}).json["planned_move"]
    moved = lead.post(f"/runs/{run.id}/moves/{move['id']}/going-through")
    assert (moved.json["activities"], moved.json["planned_move"]) == (["kickoff"], None)
