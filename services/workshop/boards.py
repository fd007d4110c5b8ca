"""Finds boards, and what has happened on them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Board, Operation
from shared.problems import NotFound


def held(session: Session, board_id: UUID) -> Board:
    """Returns the board, locked: whoever writes next waits, so that the log has one order. Raises NotFound."""
    query = select(Board).filter_by(id=board_id).with_for_update().execution_options(populate_existing=True)
    board = session.scalars(query).one_or_none()
    if board is None:
        raise NotFound
    board.__dict__.pop("workshop", None)
    return board


def log_after(session: Session, board: Board, number: int, at_most: int) -> Sequence[Operation]:
    """Returns what has happened on a board after an operation's number, in its order."""
    later = select(Operation).filter_by(board_id=board.id).where(Operation.number > number)
    return session.scalars(later.order_by(Operation.number).limit(at_most)).all()
