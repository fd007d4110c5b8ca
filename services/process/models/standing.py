"""A client's run as the consultancy that leads it sees it: steps and counts, no content."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.process.journey import HYBRID_WORK
from services.process.models.base import Base
from shared.database import unique_in_tenant
from shared.tenancy.sessions import TenantOwned

STEPS = {phase.key: phase.step for phase in HYBRID_WORK.phases}


class Standing(TenantOwned, Base):
    """One row of the cockpit. It belongs to the consultancy and is made of what it heard."""

    __tablename__ = "standing"
    __table_args__ = (unique_in_tenant("client_id", "run_id"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    phase: Mapped[str]
    template: Mapped[str]
    next_phase: Mapped[str | None] = mapped_column(default=None)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    drift: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    waiting: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    took_part: Mapped[int] = mapped_column(default=0)
    invited: Mapped[int] = mapped_column(default=0)
    completed: Mapped[bool] = mapped_column(default=False)
    turnout_target: Mapped[float] = mapped_column(default=0.5)
    led_by: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def steps(self) -> list[str]:
        """The dots of the path, in order."""
        return list(dict.fromkeys([*STEPS.values(), self.step]))

    @property
    def step(self) -> str:
        return STEPS.get(self.phase, self.phase)

    @property
    def needs_a_person(self) -> bool:
        return bool(self.waiting or self.drift) and not self.completed
