"""Upvotes: one a hand, counted in SQL, because many hands go up at once."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.townhall.models import Question, Upvote
from services.townhall.models.key import hand_in
from services.townhall.models.pulse import stir


def give(session: Session, question: Question, member: UUID) -> None:
    """One more wants to know; a second click of the same hand changes nothing. Raises NotToBeUpvoted or KeyIsGone."""
    question.must_take_upvotes()
    row = insert(Upvote).values(question_id=question.id, hand=_hand(session, question, member))
    if session.scalar(row.on_conflict_do_nothing().returning(Upvote.question_id)):
        _count(session, question, +1)


def take_back(session: Session, question: Question, member: UUID) -> None:
    question.must_take_upvotes()
    mine = delete(Upvote).filter_by(question_id=question.id, hand=_hand(session, question, member))
    if session.scalar(mine.returning(Upvote.question_id)):
        _count(session, question, -1)


def _hand(session: Session, question: Question, member: UUID) -> bytes:
    return hand_in(session, question.hall_id, member, question.id)


def _count(session: Session, question: Question, change: int) -> None:
    counted = update(Question).filter_by(id=question.id).values(upvotes=Question.upvotes + change)
    session.execute(counted, execution_options={"synchronize_session": False})
    session.expire(question, ["upvotes"])
    stir(session, question.hall_id)
