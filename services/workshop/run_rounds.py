"""Finds the two rounds of a run, and forgets who had places in them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.workshop import sessions
from services.workshop.models import PlannedRun, Round
from services.workshop.models.round import forget_places_of


def of(session: Session, run_id: UUID, number: int) -> Round:
    """Returns the run's round, laid out if need be."""
    row = insert(Round).values(id=uuid4(), run_id=run_id, number=number)
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(select(Round).filter_by(run_id=run_id, number=number)).one()


def as_it_stands(session: Session, run_id: UUID, number: int) -> Round:
    """Returns the run's round to look at; one that is not laid out yet is still to come, and stays so."""
    found = session.scalars(select(Round).filter_by(run_id=run_id, number=number)).one_or_none()
    return found or Round(run_id=run_id, number=number)


def forget_the_run(session: Session, run_id: UUID, died_at: datetime) -> None:
    """The key behind the run's pseudonyms is gone, and with it all that was known of places. What tells of it may come after a round
    has opened again: what began anew then goes on."""
    workshops = sessions.all_held(session, run_id=run_id)
    if PlannedRun.opened_since(run_id, died_at, session):
        rounds = session.scalars(select(Round).filter_by(run_id=run_id))
        began_anew = {round.number for round in rounds if round.is_open}
        workshops = [workshop for workshop in workshops if workshop.round not in began_anew]
    forget_places_of(workshops, run_id, session)
