"""Finds questions, and lays out those that a ranking proposes."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop import ranking
from services.workshop.models import Question, Source
from shared.contracts.voting import RankingReleased

WHEN_NO_SEATS = 3  # top views proposed when voting named no seats


def propose(session: Session, released: RankingReleased) -> None:
    """One question for every seat whose view stands; what staff have already done with earlier ones stays."""
    seats = released.seats or released.ranking[:WHEN_NO_SEATS]
    known = set(session.scalars(select(Question.seed_view_id).filter_by(run_id=released.run_id)))
    known |= ranking.fallen_among(session, seats)
    for position, view_id in enumerate(seats, start=1):
        if view_id not in known:
            session.add(Question.proposed(released.run_id, released.theme_id, view_id, position))


def forget_view(session: Session, view_id: UUID) -> None:
    """A view does not stand any more: no question rests on it."""
    for question in session.scalars(select(Question).join(Question.sources).where(Source.view_id == view_id)):
        question.remove_source(view_id, by=None, reason="withdrawn")


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
