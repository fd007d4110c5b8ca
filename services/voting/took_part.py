"""Who of some readers has voted: asked by identity under pseudonyms, answered and not kept."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.voting.models import Hand


def who_voted(run_id: UUID, pseudonyms: Collection[UUID], session: Session) -> set[UUID]:
    """Returns those of the pseudonyms under which at least one view of the run is answered now."""
    voted = select(Hand.participant).where(Hand.run_id == run_id, Hand.answered > 0)
    return set(session.scalars(voted.where(Hand.participant.in_(pseudonyms))))
