"""Decisions to leave the agreed path: who, when, why."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.process.models.base import Base
from shared.database import belongs_to, new_id
from shared.tenancy.sessions import TenantOwned


class Decision(TenantOwned, Base):
    """Somebody left the agreed path on purpose, and said why; both parties read it."""

    __tablename__ = "decision"
    __table_args__ = (belongs_to("run_id", "run.id", ondelete="CASCADE"),)

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID] = mapped_column(init=False)
    phase: Mapped[str]
    how: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason: Mapped[str]
    party: Mapped[str]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
