"""Finds questions."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Question


def of_run(session: Session, run_id: UUID, state: str | None, theme_id: UUID | None) -> Sequence[Question]:
    """Returns the questions of a run, theme by theme; a state or a theme narrows them."""
    query = select(Question).filter_by(run_id=run_id)
    if state:
        query = query.filter_by(state=state)
    if theme_id:
        query = query.filter_by(theme_id=theme_id)
    return session.scalars(query.order_by(Question.theme_id, Question.position, Question.id)).all()


def wordings(session: Session, run_id: UUID, ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """Returns the wordings of those of these questions that are the run's."""
    found = select(Question.id, Question.wording).filter_by(run_id=run_id).where(Question.id.in_(ids))
    return dict(session.execute(found).tuples().all())
