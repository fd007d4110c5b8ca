"""Who was at the workshops of a round: answered for whoever asks, and told to nobody."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Place, Workshop


def who_attended(run_id: UUID, round: int, pseudonyms: Iterable[UUID], session: Session) -> set[UUID]:
    """Returns those of these pseudonyms that have been at a session of the round."""
    been = select(Place.participant).join(Workshop, Place.workshop_id == Workshop.id)
    been = been.where(Workshop.run_id == run_id, Workshop.round == round, Place.has_attended)
    return set(pseudonyms) & set(session.scalars(been))
