"""A phase of a run: its agreed dates and what really happened."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.process.models.base import Base
from shared.contracts.api.process import PhaseState
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.scheduling import SetsTimers
from shared.tenancy.sessions import TenantOwned

LOOKED_AT = 2 / 3  # of a phase's time: late enough to see how it goes, early enough to do something about it


def day_of(moment: datetime) -> date:
    """Plans are kept by the day: nobody strays by opening at nine what was agreed for eight."""
    return moment.astimezone(ZONE).date()


class Phase(TenantOwned, SetsTimers, Base):
    """One part of a run's path: it opens a set of activities, and closes them."""

    __tablename__ = "phase"
    __table_args__ = (
        belongs_to("run_id", "run.id", ondelete="CASCADE"),
        unique_in_tenant("run_id", "position"),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID] = mapped_column(init=False)
    position: Mapped[int]
    key: Mapped[str]
    step: Mapped[str]
    activities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    settings: Mapped[dict[str, str]] = mapped_column(JSONB, default_factory=dict)
    goal: Mapped[str | None] = mapped_column(default=None)
    opens_by: Mapped[str] = mapped_column(default="hand")
    opens_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    skipped_at: Mapped[datetime | None] = mapped_column(default=None)
    goal_reached_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def state(self) -> PhaseState:
        if self.skipped_at:
            return "skipped"
        if self.closed_at:
            return "done"
        return "current" if self.opened_at else "coming"

    @property
    def is_open(self) -> bool:
        return self.state == "current"

    @property
    def is_still_to_come(self) -> bool:
        return self.state == "coming"

    @property
    def may_end_well(self) -> bool:
        return self.goal is None or self.goal_reached_at is not None

    def opens_off_its_day(self, now: datetime) -> str | None:
        """early or late, by the agreed day; None when it is that day, or when no day is agreed."""
        if self.opens_at is None or day_of(now) == day_of(self.opens_at):
            return None
        return "early" if day_of(now) < day_of(self.opens_at) else "late"

    @property
    def days(self) -> int:
        """How long it took; as agreed, where it has not ended yet."""
        begun, ended = (self.opened_at, self.closed_at) if self.closed_at else (self.opens_at, self.closes_at)
        return max(1, (day_of(ended) - day_of(begun)).days) if begun and ended else 1

    @property
    def looked_at(self) -> datetime | None:
        """When we ask whether enough people take part."""
        if self.opened_at is None or self.closes_at is None or self.closes_at <= self.opened_at:
            return None
        return self.opened_at + (self.closes_at - self.opened_at) * LOOKED_AT

    @property
    def overdue_at(self) -> datetime | None:
        return self.closes_at + timedelta(days=1) if self.closes_at else None
