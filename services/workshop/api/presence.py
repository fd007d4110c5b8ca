"""Signs of life: written when the request has been answered and committed, in transactions that hold nothing else, so that no act
stands beside the place of whoever does it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from services.workshop.models import Group, Place, SignOfLife, Workshop
from shared.web.acts import once_committed


def show_life(workshop: Workshop, place: Place) -> None:
    """Notes that the caller is here: seldom, because more often would only be writing."""
    if workshop.is_running and not (place.sign and place.sign.is_fresh and place.has_attended):
        note(place.id, workshop.id, is_news=not (place.is_here and place.has_attended))


def show_readiness(workshop: Workshop, place: Place, is_ready: bool) -> None:
    note(place.id, workshop.id, is_news=True, ready_for=workshop.visit if is_ready else None)


def note(place_id: UUID, workshop_id: UUID, is_news: bool, **ready: int | None) -> None:
    """Has the sign written, and then the news told: whoever is told looks at once."""
    once_committed(lambda session: SignOfLife.note(place_id, workshop_id, session, **ready))
    if is_news:
        once_committed(lambda session: show_who_has_come(place_id, session))


def show_who_has_come(place_id: UUID, session: Session) -> None:
    """That she was there is kept; those who follow her group see it. Nothing, if she has given the place away meanwhile."""
    place = session.scalars(select(Place).filter_by(id=place_id)).one_or_none()
    if place is None:
        return
    place.has_attended = True
    if place.group_id:
        group = select(Group).filter_by(id=place.group_id).options(lazyload("*"))
        session.scalars(group).one().changed()
