"""The phases that are open, for the reminder before they close."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Text, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.notification.base import Base
from shared.database import new_id, unique_in_tenant
from shared.messaging.scheduling import SetsTimers
from shared.tenancy.sessions import TenantOwned

TIME_LEFT = timedelta(days=2)  # a reminder earlier is forgotten, a later one comes too late for part-timers


class Phase(TenantOwned, SetsTimers, Base):
    """A phase of a run that people were invited to."""

    __tablename__ = "phase"

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    name: Mapped[str]
    activities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    is_open: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (unique_in_tenant("run_id", "name"),)

    @classmethod
    def of(cls, run_id: UUID, name: str, session: Session) -> "Phase | None":
        return session.scalars(
            select(cls).filter_by(run_id=run_id, name=name).with_for_update()
        ).one_or_none()

    @classmethod
    def activities_invited_to(cls, run_id: UUID, session: Session) -> set[str]:
        """Returns what people of this run have been invited to before: an activity that goes on is not news."""
        return {
            name
            for phase in session.scalars(select(cls).filter_by(run_id=run_id))
            for name in phase.activities
        }

    @property
    def reminder_at(self) -> datetime | None:
        """Two days before the end; in a short phase, half-way."""
        if not (self.is_open and self.closes_at and self.closes_at > self.opened_at):
            return None
        return max(self.closes_at - TIME_LEFT, self.opened_at + (self.closes_at - self.opened_at) / 2)

    def close(self) -> None:
        self.is_open = False
