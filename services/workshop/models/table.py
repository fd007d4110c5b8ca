"""Which group works on which question: a board for each."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models.board import Board
from services.workshop.models.group import Group
from services.workshop.models.question import Question
from services.workshop.models.workshop import NoQuestionForGroups, Workshop
from shared.problems import RuleBroken


class NotOnTheTable(RuleBroken):
    """This question is not on the workshops' table. Bring it to the table first."""


def share_out(questions: Sequence[Question], workshop: Workshop, session: Session) -> None:
    """The groups take the questions in turn, so that every question gets as many groups as the others."""
    if not questions:
        raise NoQuestionForGroups
    session.expire(workshop, ["groups"])
    for place, group in enumerate(workshop.groups):
        give(questions[place % len(questions)], group, workshop, session)


def give(question: Question, group: Group, workshop: Workshop, session: Session) -> Board:
    """The group goes to its board of this question; coming back to a question finds the board as it was left."""
    if question.state != "tabled" or question.run_id != workshop.run_id:
        raise NotOnTheTable
    board = session.scalars(select(Board).filter_by(group_id=group.id, question_id=question.id)).one_or_none()
    if board is None:
        session.add(board := Board.laid_out(group, question.id, workshop.round))
        session.flush()
    group.board_id = board.id
    session.flush()
    session.expire(group, ["boards"])
    return board
