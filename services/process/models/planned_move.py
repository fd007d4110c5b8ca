"""A move that has been announced: until its moment nobody is told, and it can be taken back."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.process.models.base import Base
from shared.database import belongs_to, new_id
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned


class MoveWasTakenBack(RuleBroken):
    """This was taken back already. The phase stays open; nobody has been written to."""


class MoveHasHappened(RuleBroken):
    """This has happened already: the phase has changed and people are told. Look at the plan as it stands now."""


class PlannedMove(TenantOwned, SetsTimers, Base):
    """The phase that is left, the one that opens, when, and why; `to` is None where the path ends."""

    __tablename__ = "planned_move"
    __table_args__ = (
        belongs_to("run_id", "run.id", ondelete="CASCADE"),
        Index(
            "uq_planned_move_waiting",
            "tenant_id",
            "run_id",
            unique=True,
            postgresql_where=text("moved_at IS NULL AND taken_back_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID] = mapped_column(init=False)
    leaving: Mapped[str]
    to: Mapped[str | None]
    strays: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]
    party: Mapped[str]
    planned_by: Mapped[UUID]
    planned_at: Mapped[datetime]
    moves_at: Mapped[datetime]
    moved_at: Mapped[datetime | None] = mapped_column(default=None)
    taken_back_at: Mapped[datetime | None] = mapped_column(default=None)
    taken_back_by: Mapped[UUID | None] = mapped_column(default=None)

    @property
    def is_waiting(self) -> bool:
        return self.moved_at is None and self.taken_back_at is None

    def must_wait(self) -> None:
        """Raises MoveWasTakenBack or MoveHasHappened."""
        if self.taken_back_at:
            raise MoveWasTakenBack
        if self.moved_at:
            raise MoveHasHappened

    def take_back(self, by: UUID) -> None:
        """Its reason goes with it: it has become no decision."""
        self.must_wait()
        self.taken_back_at, self.taken_back_by, self.reason = datetime.now(UTC), by, ""

    def has_moved(self) -> None:
        """Its reason stands in the decision."""
        self.moved_at, self.reason = datetime.now(UTC), ""
