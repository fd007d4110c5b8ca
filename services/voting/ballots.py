"""Finds the ballot of a run, and lays it out."""

from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.voting.models.ballot import Ballot
from services.voting.models.sealing import make_key
from shared.problems import NotFound

FRESH = {"populate_existing": True}


def of(session: Session, run_id: UUID) -> Ballot:
    """Returns the run's ballot as the database has it now; raises NotFound."""
    query = select(Ballot).filter_by(run_id=run_id)
    ballot = session.scalars(query, execution_options=FRESH).one_or_none()
    if ballot is None:
        raise NotFound
    return ballot


def as_it_stands(session: Session, run_id: UUID) -> Ballot:
    """Returns the ballot for reading: it is not of the session, and what is set on it is kept nowhere. Raises NotFound."""
    row = session.connection().execute(AS_IT_STANDS, {"run": run_id}).one_or_none()
    if row is None:
        raise NotFound
    return Ballot(**row._mapping)


def open_now(session: Session, run_id: UUID) -> Ballot:
    """Returns the ballot, for reading, if one may answer now; raises what Ballot.must_be_open raises.

    Asked after the reader's hand is locked: the last count waits for all hands, so that whoever was let in is counted.
    """
    ballot = as_it_stands(session, run_id)
    ballot.must_be_open()
    return ballot


def laid_out(session: Session, run_id: UUID) -> Ballot:
    """Returns the run's ballot, made if need be, and with it the key to its hands."""
    new = insert(Ballot).values(run_id=run_id).on_conflict_do_nothing().returning(Ballot.run_id)
    if session.scalar(new):
        make_key(run_id, session)
    return of(session, run_id)


def held(session: Session, run_id: UUID) -> Ballot:
    """Returns the ballot, locked until we commit."""
    ballot = of(session, run_id)
    session.refresh(ballot, with_for_update=True)
    return ballot


def note_voters(session: Session, run_id: UUID, voters: Any) -> None:
    session.execute(update(Ballot).filter_by(run_id=run_id).values(voters=voters))


# Every answer asks this: columns, not an object that the session would keep (docs/performance.md).
_columns = [column for column in Ballot.__table__.c if column.name != "tenant_id"]
AS_IT_STANDS = select(*_columns).where(Ballot.__table__.c.run_id == bindparam("run"))
