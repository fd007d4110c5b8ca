"""A seed: a question that the kickoff left unanswered, shown to writers as inspiration."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from shared.tenancy.sessions import TenantOwned


class Seed(TenantOwned, Base):
    """The id of a question of the townhall, which keeps its text."""

    __tablename__ = "seed"
    __table_args__ = (Index("ix_seed_run", "tenant_id", "run_id", "upvotes"),)

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    upvotes: Mapped[int]
