"""Finds the runs of an organisation."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.process.models import KeptTemplate, Run, Standing
from shared.languages import by_name
from shared.problems import NotFound


def held(session: Session, id: UUID) -> Run:
    """Returns the run, locked: whoever moves it, a person or the clock, does so alone. Raises NotFound."""
    run = held_if_there(session, id)
    if run is None:
        raise NotFound
    return run


def held_if_there(session: Session, id: UUID) -> Run | None:
    """Returns the run, locked, or None for one that nobody planned."""
    return session.scalars(select(Run).filter_by(id=id).with_for_update()).one_or_none()


def newest_first(session: Session) -> Sequence[Run]:
    return session.scalars(select(Run).order_by(Run.planned_at.desc(), Run.id)).all()


def templates_by_name(session: Session) -> Sequence[KeptTemplate]:
    return sorted(session.scalars(select(KeptTemplate).order_by(KeptTemplate.id)), key=by_name)


def standings(session: Session) -> Sequence[Standing]:
    """Returns what the consultancy knows of its clients' runs, what comes next first."""
    return session.scalars(select(Standing).order_by(Standing.next_at, Standing.run_id)).all()
