"""The worker's clock moves runs: timers that a run has set, rung; and a worker and a person at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import text

from shared.contracts.process import DriftNoticed, PhaseClosed, PhaseOpened
from shared.database import worker_engine_of, worker_sessions_of
from shared.messaging.timers import run_one
from tests.process.runs import USUAL_PLANNING

LEAD = uuid4()
TEN_MINUTES = timedelta(minutes=10)


def names(told) -> list[str]:
    return [opened.phase for opened in told("process", PhaseOpened)]


def test_the_clock_opens_a_phase_on_its_day_once(signed_run, world, told):
    signed_run(days=-USUAL_PLANNING)
    for _ in range(2):
        world.let_time_pass("process")
    assert names(told) == ["planning", "kickoff"]


def test_the_clock_looks_at_a_phase_and_notices_that_it_is_late(signed_run, moved_to, world, told):
    moved_to(signed_run(), "views")
    for _ in range(2):
        world.let_time_pass("process")
    noticed = [(drift.phase, drift.kind) for drift in told("process", DriftNoticed)]
    assert noticed.count(("views", "low_turnout")) == noticed.count(("views", "late")) == 1


def test_what_was_announced_happens_by_itself_once(signed_run, on_the_way, told, world):
    with on_the_way(signed_run(days=-USUAL_PLANNING)) as mine:
        mine.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD, "All are here.", None, "planning")
    for _ in range(2):
        world.let_time_pass("process")
    assert names(told) == ["planning", "kickoff"]
    assert [closed.phase for closed in told("process", PhaseClosed)] == ["planning"]


def test_a_move_that_was_taken_back_is_left_alone_by_its_timer(signed_run, on_the_way, told, world):
    run = signed_run()
    with on_the_way(run) as mine:
        mine.propose([{"key": "kickoff", "opens_by": "hand"}], "", "client", LEAD).sign("consultancy", LEAD)
        mine.plan_to_move_on(TEN_MINUTES, "consultancy", LEAD, "All are here.")
        mine.take_back(mine.planned_move, LEAD)
    world.let_time_pass("process")
    assert names(told) == ["planning"]


def test_whoever_takes_it_back_at_its_very_moment_and_the_worker_do_not_block_each_other(
    signed_run, on_the_way, world, told, caplog
):
    """The worker has taken the timer and waits for the run; the person holds the run, and takes the move back."""
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
    due = text("UPDATE timer SET due_at = now() - interval '1 second' WHERE about = :move RETURNING *")
    with worker_engine_of("process").begin() as connection:
        row = connection.execute(due, {"move": move_id}).one()
    return run_one(row, world.listeners("process"), worker_sessions_of("process"))


def wait_until_somebody_waits_for_a_lock() -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(10_000):
        with worker_sessions_of("process")() as session:  # who rings is a worker, and seen by its like alone
            if session.scalar(waiting):
                return
    raise AssertionError("Nobody waited.")
