"""Who of some readers has voted: asked by identity under pseudonyms, answered and not kept."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from services.voting.models.counting import open_some
from shared.keys import KeyIsDead


def who_voted(run_id: UUID, pseudonyms: Collection[UUID], session: Session) -> set[UUID]:
    """Returns those of the pseudonyms under which at least one view of the run is answered now; nobody once the key to the
    hands is dead."""
    try:
        hands = open_some(run_id, pseudonyms, session)
    except KeyIsDead:
        return set()
    return {hand.participant for hand in hands if hand.held.answered}
