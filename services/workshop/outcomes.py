"""Finds outcomes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.workshop.models import Board, Outcome


def of_run(
    session: Session, run_id: UUID, round: int | None, question_id: UUID | None, signed_off: bool | None
) -> Sequence[Outcome]:
    """Returns the outcomes of a run, round by round and question by question; what is given narrows them."""
    query = _of_run(run_id, signed_off)
    if round:
        query = query.filter_by(round=round)
    if question_id:
        query = query.filter_by(question_id=question_id)
    query = query.order_by(Outcome.round, Outcome.question_id, Outcome.kind, Outcome.id)
    return session.scalars(query).all()


def with_ids(
    session: Session, run_id: UUID, ids: Iterable[UUID], signed_off: bool | None
) -> Sequence[Outcome]:
    """Returns those of these outcomes that are the run's."""
    return session.scalars(_of_run(run_id, signed_off).where(Outcome.id.in_(ids))).all()


def of_board(session: Session, board: Board) -> Sequence[Outcome]:
    query = select(Outcome).filter_by(board_id=board.id)
    return session.scalars(query.order_by(Outcome.written_on, Outcome.id)).all()


def brought_to(session: Session, board: Board) -> Sequence[Outcome]:
    """Returns what round 1 signed off about the question of this board of round 2."""
    if board.round == 1:
        return []
    query = select(Outcome).filter_by(question_id=board.question_id, round=1)
    query = query.where(Outcome.signed_off_on.is_not(None))
    return session.scalars(query.order_by(Outcome.kind, Outcome.id)).all()


def _of_run(run_id: UUID, signed_off: bool | None) -> Select[Outcome]:
    query = select(Outcome).filter_by(run_id=run_id)
    if signed_off is None:
        return query
    is_signed = Outcome.signed_off_on.is_not(None)
    return query.where(is_signed if signed_off else ~is_signed)
