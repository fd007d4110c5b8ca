"""The ground that the workbook gives a run's teams: laid by what was heard, looked up for everybody in them."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.practice.models import Ground, IdeaCard, Principle


def held(session: Session, run_id: UUID) -> Ground:
    """Returns the run's ground, laid if need be, and held until we commit."""
    session.execute(insert(Ground).values(run_id=run_id, is_open=False).on_conflict_do_nothing())
    return session.scalars(select(Ground).filter_by(run_id=run_id).with_for_update()).one()


def as_it_stands(session: Session, run_id: UUID) -> Ground:
    """Returns the run's ground to look at; one that is not laid yet is closed, and stays so."""
    is_open = session.scalar(select(Ground.is_open).filter_by(run_id=run_id))
    return Ground(run_id=run_id, is_open=is_open or False)


def lay(session: Session, run_id: UUID, principles: list[UUID], idea_cards: list[UUID]) -> None:
    """Lays what the newest edition holds; what was there before is replaced."""
    clear(session, held(session, run_id).run_id)
    order = enumerate(principles)
    session.add_all([Principle(run_id=run_id, passage_id=id, position=nr) for nr, id in order])
    session.add_all([IdeaCard(run_id=run_id, passage_id=id) for id in idea_cards])


def clear(session: Session, run_id: UUID) -> None:
    for kind in (Principle, IdeaCard):
        session.execute(delete(kind).filter_by(run_id=run_id))


def principles_of(session: Session, run_id: UUID) -> list[UUID]:
    in_order = select(Principle.passage_id).filter_by(run_id=run_id).order_by(Principle.position)
    return list(session.scalars(in_order))


def cards_of(session: Session, run_id: UUID) -> list[UUID]:
    by_id = select(IdeaCard.passage_id).filter_by(run_id=run_id).order_by(IdeaCard.passage_id)
    return list(session.scalars(by_id))
