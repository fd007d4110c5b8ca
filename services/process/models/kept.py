"""Templates that the consultancy keeps from finished runs: the road without anything that was said on it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.process.journey import PlannedPhase, Template
from services.process.models.base import Base
from shared.database import new_id
from shared.tenancy import TenantOwned

if TYPE_CHECKING:
    from services.process.models.phase import Phase

SHAPE = ("key", "step", "activities", "goal", "opens_by", "settings")


class KeptTemplate(TenantOwned, Base):
    """A road that worked, kept under a name for the next client."""

    __tablename__ = "kept_template"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    phases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    kept_by: Mapped[UUID]
    kept_at: Mapped[datetime] = mapped_column(default_factory=lambda: datetime.now(UTC))


def shape_of(phases: Sequence["Phase"]) -> list[dict[str, Any]]:
    """The road of a run as a template: its phases as they were, with the days that they really took."""
    walked = [phase for phase in phases if not phase.skipped_at]
    return [{name: getattr(phase, name) for name in SHAPE} | {"days": phase.days} for phase in walked]


def template_from(name: str, shape: Sequence[dict[str, Any]]) -> Template:
    return Template(name, tuple(PlannedPhase(**phase) for phase in shape))
