"""Colleagues' views as voting has heard of them: that they stand, and how they were answered. Never what they say."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.voting.models.base import Base
from services.voting.withholding import HowFar
from shared.contracts.voting import FloorReached, TallyRefreshed
from shared.messaging.outbox import TellsOthers
from shared.tenancy.sessions import TenantOwned

STANDS, REJECTED, WITHDRAWN = "stands", "rejected", "withdrawn"


class Theme(TenantOwned, TellsOthers, Base):
    """A theme that has views to read."""

    __tablename__ = "theme"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    readings_told: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    floor_reached: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    def tell_the_readings(self, so_far: HowFar, floor: int) -> None:
        """Tell how far the theme has been read, if that has changed, and when the promised floor is reached."""
        if so_far.readings != self.readings_told:
            self.readings_told = so_far.readings
            counts = {"views": so_far.views, "readings": so_far.readings, "fewest": so_far.fewest}
            self.tell(TallyRefreshed(run_id=self.run_id, theme_id=self.id, floor=floor, **counts))
        reached = bool(so_far.views) and so_far.fewest >= floor
        if reached and not self.floor_reached:
            self.tell(FloorReached(run_id=self.run_id, theme_id=self.id, floor=floor))
        self.floor_reached = reached


class View(TenantOwned, Base):
    """One colleague's view, and its counters. `stands`: colleagues may read it."""

    __tablename__ = "view"
    __table_args__ = (
        Index("ix_view_run", "tenant_id", "run_id", "theme_id"),
        Index("ix_view_gone", "tenant_id", "run_id", postgresql_where=text("status <> 'stands'")),
        CheckConstraint("status IN ('stands', 'rejected', 'withdrawn')", name="status"),
        CheckConstraint("least(agrees, passes, disagrees, hearts) >= 0", name="counters"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    language: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=STANDS)
    agrees: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    passes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    disagrees: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    hearts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    readings_shown: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many had read it when readings were last shown."""


class Standing(TenantOwned, Base):
    """How many views of a theme stand in one language, "" for one that nobody has told. What changes a view keeps it, in the same
    statement: counting anew at each deck costs the more, the more views there are."""

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_run", "tenant_id", "run_id"),)
    theme_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    views: Mapped[int]
