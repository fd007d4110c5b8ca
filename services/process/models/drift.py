"""Drift: where plan and reality differ, noticed once and kept until it is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.process.models.base import Base
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.tenancy.sessions import TenantOwned

KINDS = ("late", "skipped", "opened_early", "opened_late", "few_readings", "low_turnout")


class Drift(TenantOwned, Base):
    """One way in which a phase goes otherwise than agreed."""

    __tablename__ = "drift"
    __table_args__ = (
        belongs_to("run_id", "run.id", ondelete="CASCADE"),
        unique_in_tenant("run_id", "phase", "kind"),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID] = mapped_column(init=False)
    phase: Mapped[str]
    kind: Mapped[str]
    noticed_at: Mapped[datetime]
    over_at: Mapped[datetime | None] = mapped_column(default=None)
