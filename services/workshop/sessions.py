"""Finds sessions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Workshop


def of_run(session: Session, run_id: UUID, round: int | None) -> Sequence[Workshop]:
    """Returns the sessions of a run, or of one of its rounds, in the order of their times."""
    query = select(Workshop).filter_by(run_id=run_id)
    if round:
        query = query.filter_by(round=round)
    return session.scalars(query.order_by(Workshop.round, Workshop.starts_at, Workshop.id)).all()
