"""Answers who was at the workshops of a round; nothing of it is told."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import Place, Workshop
from shared.taking_part import NobodyKnowsAnyMore


def who_attended(run_id: UUID, round: int, pseudonyms: Iterable[UUID], session: Session) -> set[UUID]:
    """Returns those of these pseudonyms that have been at a session of the round; raises NobodyKnowsAnyMore once the places of
    one are forgotten, also when the round has opened again since."""
    asked, sessions = list(pseudonyms), select(Workshop).filter_by(run_id=run_id, round=round)
    started = session.scalars(sessions.where(Workshop.started_at.is_not(None))).all()
    if not all(workshop.takes_people for workshop in started):
        raise NobodyKnowsAnyMore
    been = select(Place.id).where(Place.workshop_id.in_([one.id for one in started]), Place.has_attended)
    behind = {number: one for workshop in started for one, number in workshop.numbers_of(asked).items()}
    return {behind[place] for place in session.scalars(been) if place in behind}
