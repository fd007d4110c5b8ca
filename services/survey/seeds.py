"""Plants seeds: questions that the kickoff left unanswered."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.survey.models import Seed


def plant(session: Session, question_id: UUID, run_id: UUID, upvotes: int) -> None:
    row = insert(Seed).values(question_id=question_id, run_id=run_id, upvotes=upvotes)
    keys = [Seed.tenant_id, Seed.question_id]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"upvotes": upvotes}))
