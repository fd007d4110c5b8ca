"""Which runs were planned, for services in which people begin something for a run: of an id that nobody planned no row is made."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.problems import NotFound
from shared.tenancy.sessions import TenantOwned, tenant_of


class NobodyPlannedIt(NotFound):
    """No path of this organisation has been planned under this address. Open the path from the front page and begin there."""


class RunThatWasPlanned(TenantOwned):
    """The id of a run, as the service has heard of it. Mix it into a noun of the service."""

    __tablename__ = "planned_run"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)

    @classmethod
    def note(cls, run_id: UUID, session: Session) -> None:
        """Remembers the run; nothing happens the second time."""
        session.execute(insert(cls).values(run_id=run_id).on_conflict_do_nothing())

    @classmethod
    def known(cls, run_id: UUID, session: Session) -> UUID:
        """Returns the id of a run that was planned; raises NobodyPlannedIt for any other."""
        if session.get(cls, (tenant_of(session), run_id)) is None:
            raise NobodyPlannedIt
        return run_id
