"""Who has written: asked by pseudonyms, of all members at once, so that nobody is asked about alone."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.survey.models import View


def who_wrote(run_id: UUID, pseudonyms: Collection[UUID], session: Session) -> set[UUID]:
    """Returns those of the pseudonyms that have given a view in the run."""
    query = select(View.author).filter_by(run_id=run_id).where(View.author.in_(pseudonyms)).distinct()
    return {author for author in session.scalars(query) if author}
