"""Listens to the other services and to timers: goals reached, people who took part, moments that have come."""

import logging
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.process import runs
from services.process.models import Phase, PlannedMove, Run, Standing
from shared.contracts.identity import TenantErased, TurnoutKnown
from shared.contracts.process import ProcessForgot, RunMoved
from shared.contracts.publishing import EditionApproved, WorkbookLaunched
from shared.contracts.survey import ThemePublished
from shared.contracts.townhall import TownhallEnded
from shared.contracts.voting import FloorReached, RankingReleased
from shared.contracts.workshop import RoundEnded
from shared.database import find
from shared.messaging.events import heard
from shared.messaging.listeners import Listeners
from shared.messaging.rebuild.read_models import ReadModels
from shared.privacy.erasure import forget_the_erased

log = logging.getLogger(__name__)
listeners = Listeners("process")
forget_the_erased(listeners, TenantErased, ProcessForgot)


def for_its_run(do: Callable[[Run, Any], None]) -> Callable[[Any, Session], None]:
    """Hands over the run, locked. Runs are planned here, so others can have heard of a run only from us: what is told of one
    that is not here was made from somebody's guess at an address, and is passed over."""

    @wraps(do)
    def do_if_it_is_there(happened: Any, session: Session) -> None:
        if run := runs.held_if_there(session, happened.run_id):
            do(run, happened)
        else:
            log.warning("process: %s is of a run that nobody planned", happened.type)

    return do_if_it_is_there


@listeners.on(TownhallEnded)
@for_its_run
def note_that_the_lecture_was_held(run: Run, ended: TownhallEnded) -> None:
    if "kickoff" in run.activities:
        run.reach("kickoff_held")


@listeners.on(ThemePublished)
@for_its_run
def know_the_themes(run: Run, published: ThemePublished) -> None:
    run.has_theme(published.theme_id)


@listeners.on(TurnoutKnown)
@for_its_run
def hold_turnout_against_its_target(run: Run, known: TurnoutKnown) -> None:
    run.count_turnout(known.activity, known.took_part, known.invited)


@listeners.on(FloorReached)
@for_its_run
def note_that_a_theme_is_read_enough(run: Run, reached: FloorReached) -> None:
    run.theme_is_read_enough(reached.theme_id)


@listeners.on(RankingReleased)
@for_its_run
def note_that_a_ranking_stands(run: Run, released: RankingReleased) -> None:
    if not released.not_read_enough:
        run.theme_is_read_enough(released.theme_id)


@listeners.on(RoundEnded)
@for_its_run
def note_that_a_round_ended(run: Run, ended: RoundEnded) -> None:
    run.reach(f"round_{ended.round}_ended")


@listeners.on(EditionApproved)
@for_its_run
def note_that_the_workbook_is_approved(run: Run, approved: EditionApproved) -> None:
    run.reach("workbook_approved")


@listeners.on(WorkbookLaunched)
@for_its_run
def note_that_the_workbook_is_launched(run: Run, launched: WorkbookLaunched) -> None:
    run.reach("workbook_launched")


@listeners.on(RunMoved, acts_for=attrgetter("consultancy_id"))
def keep_the_cockpit_true(moved: RunMoved, session: Session) -> None:
    """In the consultancy's rooms, not in the client's: its one row for this run."""
    row = msgspec.structs.asdict(moved)
    del row["consultancy_id"]
    standing = insert(Standing).values(row)
    session.execute(standing.on_conflict_do_update(index_elements=["tenant_id", "run_id"], set_=row))


read_models = ReadModels(listeners, ("standing",), fed_by=(keep_the_cockpit_true,))


@listeners.on(TenantErased, acts_for=attrgetter("consultancy_id"), of_the_erased=True)
def strike_the_client_from_the_cockpit(erased: TenantErased, session: Session) -> None:
    session.execute(delete(Standing).filter_by(client_id=heard().tenant))


@listeners.when_due("phase_opens")
def open_a_phase_whose_moment_has_come(phase_id: UUID, session: Session) -> None:
    run, phase = _run_and_phase(phase_id, session)
    run.open_by_date(phase)


@listeners.when_due("planned_move")
def go_through_with_what_was_announced(move_id: UUID, session: Session) -> None:
    """Locks the run first: somebody may be taking it back just now."""
    run_id = session.scalar(select(PlannedMove.run_id).filter_by(id=move_id))
    run = runs.held_if_there(session, run_id) if run_id else None
    if run and (move := run.planned(move_id)).is_waiting:
        run.go_through_with(move)


@listeners.when_due("phase_is_looked_at")
def ask_whether_enough_take_part(phase_id: UUID, session: Session) -> None:
    run, phase = _run_and_phase(phase_id, session)
    run.look_at(phase)


@listeners.when_due("phase_is_overdue")
def notice_that_a_phase_is_late(phase_id: UUID, session: Session) -> None:
    run, phase = _run_and_phase(phase_id, session)
    if phase.is_open:
        run.notice("late", phase)


def _run_and_phase(phase_id: UUID, session: Session) -> tuple[Run, Phase]:
    phase = find(session, Phase, phase_id)
    return runs.held(session, phase.run_id), phase
