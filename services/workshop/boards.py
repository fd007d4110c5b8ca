"""Finds what has happened on boards."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Board, Operation


def log_after(session: Session, board: Board, number: int, at_most: int) -> Sequence[Operation]:
    """Returns what has happened on a board after an operation's number, in its order."""
    later = select(Operation).filter_by(board_id=board.id).where(Operation.number > number)
    return session.scalars(later.order_by(Operation.number).limit(at_most)).all()
