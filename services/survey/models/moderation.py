"""Moderators' work: who holds which views, and what was decided."""

from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from shared.database import belongs_to, new_id
from shared.tenancy.sessions import TenantOwned


class Claim(TenantOwned, Base):
    """A moderator holds a view, so that no colleague decides on it at the same time."""

    __tablename__ = "claim"
    __table_args__ = (belongs_to("view_id", "view.id"),)

    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    moderator: Mapped[UUID]


class Decision(TenantOwned, Base):
    """A moderator's decision on a view, and its day: the log of moderation."""

    __tablename__ = "decision"
    __table_args__ = (belongs_to("view_id", "view.id"),)

    id: Mapped[UUID] = new_id()
    view_id: Mapped[UUID] = mapped_column(index=True)
    moderator: Mapped[UUID]
    decision: Mapped[str]
    ground: Mapped[str | None] = mapped_column(default=None)
    decided_on: Mapped[date] = mapped_column(init=False, server_default=func.current_date())
