"""Finds the collecting of a run."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.survey.models import Collecting
from shared.tenancy.sessions import tenant_of


def of(session: Session, run_id: UUID) -> Collecting | None:
    """Returns the run's collecting; None for a run of another template, which collects no views with us."""
    return session.get(Collecting, {"tenant_id": tenant_of(session), "id": run_id})


def held(session: Session, run_id: UUID) -> Collecting | None:
    """Returns the run's collecting, locked until we commit; None for a run of another template."""
    return session.get(Collecting, {"tenant_id": tenant_of(session), "id": run_id}, with_for_update=True)


def held_open(session: Session, run_id: UUID) -> Collecting | None:
    """Returns the run's collecting, which nobody changes until we commit, for reading: it is not of the session, and what is set on it
    is kept nowhere."""
    row = session.connection().execute(HELD_OPEN, {"run": run_id}).one_or_none()
    return Collecting(**row._mapping) if row else None


# Whoever gives a view asks this: columns, not an object that the session would keep (docs/performance.md).
_columns = [column for column in Collecting.__table__.c if column.name != "tenant_id"]
HELD_OPEN = select(*_columns).where(Collecting.__table__.c.id == bindparam("run")).with_for_update(read=True)
