"""The sources of the workbook: signed-off outcomes and ranked views, by id; their texts stay where they were said."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.publishing.models.base import Base
from shared.tenancy.sessions import TenantOwned


class Source(TenantOwned, Base):
    """An outcome of the workshops, or a view with its place in the ranking."""

    __tablename__ = "source"
    __table_args__ = (Index(None, "tenant_id", "run_id", "theme_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the outcome's or the view's own
    run_id: Mapped[UUID]
    kind: Mapped[str]  # outcome | view
    theme_id: Mapped[UUID]
    place: Mapped[int | None] = mapped_column(default=None)  # of a view in its theme's ranking, best first
    readings: Mapped[int | None] = mapped_column(default=None)
    round: Mapped[int | None] = mapped_column(default=None)
    question_id: Mapped[UUID | None] = mapped_column(default=None)
    outcome_kind: Mapped[str | None] = mapped_column(default=None)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
