"""Answers who was at the workshops of a round, and whom news of a session concerns; nothing of it is told."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.workshop.models import GivenUp, Place, Workshop
from shared.problems import NobodyKnowsAnyMore


def who_attended(run_id: UUID, round: int, pseudonyms: Iterable[UUID], session: Session) -> set[UUID]:
    """Returns those of these pseudonyms that have been at a session of the round; raises NobodyKnowsAnyMore once the places of
    one are forgotten, also when the round has opened again since."""
    people, sessions = list(pseudonyms), select(Workshop).filter_by(run_id=run_id, round=round)
    started = session.scalars(sessions.where(Workshop.started_at.is_not(None))).all()
    if not all(workshop.takes_people for workshop in started):
        raise NobodyKnowsAnyMore
    been = select(Place.id).where(Place.workshop_id.in_([one.id for one in started]), Place.has_attended)
    behind = {number: one for workshop in started for one, number in workshop.numbers_of(people).items()}
    return {behind[place] for place in session.scalars(been) if place in behind}


def who_is_concerned(
    workshop: Workshop, telling: int | None, pseudonyms: Iterable[UUID], session: Session
) -> dict[UUID, str]:
    """Returns how those of these pseudonyms whom news of a session concern stand to it: place or waits; of a telling of its places
    moved_up or given_up. Nobody once it has begun; raises NobodyKnowsAnyMore once its places are forgotten."""
    if not workshop.takes_people:
        raise NobodyKnowsAnyMore
    if workshop.started_at or workshop.ends_at < datetime.now(UTC):
        return {}
    people = list(pseudonyms)
    stands = how_places_stand(workshop, telling)
    found = {one: stands[number] for one, number in workshop.numbers_of(people).items() if number in stands}
    if telling is None:
        return found
    given_up = set(session.scalars(select(GivenUp.id).filter_by(workshop_id=workshop.id, telling=telling)))
    left = workshop.numbers_of(people, "given up")
    return found | {one: "given_up" for one, number in left.items() if number in given_up}


def how_places_stand(workshop: Workshop, telling: int | None) -> dict[UUID, str]:
    """Returns the numbers of the places with how they stand; of a telling those alone that moved up in it."""
    if telling is None:
        return {place.id: "waits" if place.is_waiting else "place" for place in workshop.taken}
    people = workshop.people(is_waiting=False)
    return {id: "moved_up" for id, person in people.items() if person.moved_up == telling}
