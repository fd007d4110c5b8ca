"""Templates that the consultancy keeps from finished runs: the path without anything that was said on it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import convert, to_builtins
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.process.journey import PlannedPhase, Template
from services.process.models.base import Base
from shared.contracts.api.process import TemplatePhase
from shared.database import new_id
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.process.models.phase import Phase


class KeptTemplate(TenantOwned, Base):
    """A path that worked, kept under a name for the next client."""

    __tablename__ = "kept_template"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    phases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    kept_by: Mapped[UUID]
    kept_at: Mapped[datetime] = mapped_column(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def keep(cls, name: str, path: Sequence[TemplatePhase], by: UUID) -> "KeptTemplate":
        return cls(name=name, phases=to_builtins(path), kept_by=by)

    @property
    def path(self) -> list[TemplatePhase]:
        return convert(self.phases, list[TemplatePhase])


def shape_of(phases: Sequence["Phase"]) -> list[TemplatePhase]:
    """The path of a run as a template: its phases as they were, with the days that they really took."""
    return [
        TemplatePhase(
            key=phase.key,
            step=phase.step,
            days=phase.days,
            activities=phase.activities,
            goal=phase.goal,
            opens_by=phase.opens_by,
            settings=phase.settings,
        )
        for phase in phases
        if not phase.skipped_at
    ]


def template_from(name: str, shape: Sequence[TemplatePhase]) -> Template:
    return Template(
        name,
        tuple(
            PlannedPhase(
                key=phase.key,
                step=phase.step,
                days=phase.days,
                activities=tuple(phase.activities),
                goal=phase.goal,
                opens_by=phase.opens_by,
                settings=phase.settings,
            )
            for phase in shape
        ),
    )
