"""The views as voting ranked them, and those that stand no more: each kept by itself, since either may be heard of first."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.models.base import Base
from shared.tenancy.sessions import TenantOwned


class RankedView(TenantOwned, Base):
    """A view as voting ranked it, by id: staff choose from these what stands behind a question."""

    __tablename__ = "ranked_view"
    __table_args__ = (Index(None, "tenant_id", "run_id", "theme_id", "rank"),)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    rank: Mapped[int]
    has_seat: Mapped[bool]
    is_read_enough: Mapped[bool]
    readings: Mapped[int | None] = mapped_column(default=None)


class FallenView(TenantOwned, Base):
    """A view that its author took back or a moderator rejected, ranked here or not yet."""

    __tablename__ = "fallen_view"
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    was_taken_back: Mapped[bool]
