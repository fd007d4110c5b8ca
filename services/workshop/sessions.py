"""Finds sessions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models.workshop import Workshop
from shared.problems import NotFound


def held(session: Session, workshop_id: UUID) -> Workshop:
    """Returns the session, locked; raises NotFound."""
    query = select(Workshop).filter_by(id=workshop_id).with_for_update()
    workshop = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if workshop is None:
        raise NotFound
    return workshop


def all_held(session: Session, **of: Any) -> list[Workshop]:
    """Returns the sessions of a run, or of one of its rounds, locked in the same order by everybody."""
    query = select(Workshop).filter_by(**of).order_by(Workshop.id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


def of_run(session: Session, run_id: UUID, round: int | None) -> Sequence[Workshop]:
    """Returns the sessions of a run, or of one of its rounds, in the order of their times."""
    query = select(Workshop).filter_by(run_id=run_id)
    if round:
        query = query.filter_by(round=round)
    return session.scalars(query.order_by(Workshop.round, Workshop.starts_at, Workshop.id)).all()
