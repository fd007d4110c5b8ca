"""Answers who of some readers has voted: asked by identity under pseudonyms, and not kept."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from services.voting.models.ballot import Ballot
from services.voting.models.counting import open_some
from shared.privacy.keys import KeyIsDead
from shared.problems import NobodyKnowsAnyMore
from shared.tenancy.sessions import tenant_of


def who_voted(run_id: UUID, pseudonyms: Collection[UUID], session: Session) -> set[UUID]:
    """Returns those of the pseudonyms under which at least one view of the run is answered now; nobody of a run without a
    ballot. Raises NobodyKnowsAnyMore once the key to the hands is dead."""
    if session.get(Ballot, (tenant_of(session), run_id)) is None:
        return set()
    try:
        hands = open_some(run_id, pseudonyms, session)
    except KeyIsDead:
        raise NobodyKnowsAnyMore from None
    return {hand.participant for hand in hands if hand.held.answered}
