"""A seed: a question that the kickoff left unanswered, shown to writers as inspiration."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.survey.models.base import Base
from shared.tenancy.sessions import TenantOwned


class Seed(TenantOwned, Base):
    """The id of a question of the townhall, which keeps its text."""

    __tablename__ = "seed"
    __table_args__ = (Index("ix_seed_run", "tenant_id", "run_id", "upvotes"),)

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    upvotes: Mapped[int]


def plant(session: Session, question_id: UUID, run_id: UUID, upvotes: int) -> None:
    row = insert(Seed).values(question_id=question_id, run_id=run_id, upvotes=upvotes)
    keys = [Seed.tenant_id, Seed.question_id]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"upvotes": upvotes}))
