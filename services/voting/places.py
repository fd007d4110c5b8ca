"""Finds the places and the seats of a result, of views that still stand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.voting.models.result import Place, Seat
from services.voting.models.view import STANDS, View


def places_in_order(
    session: Session, run_id: UUID, theme_id: UUID | None = None, after: int = 0, limit: int | None = None
) -> Sequence[Place]:
    """Returns places, first to last, theme by theme; a part of them if so wished."""
    found = _of_standing_views(Place, run_id)
    if theme_id:
        found = found.where(Place.theme_id == theme_id)
    part = found.where(Place.position > after).limit(limit)
    return session.scalars(part.order_by(Place.theme_id, Place.position)).all()


def seats_in_order(session: Session, run_id: UUID) -> Sequence[Seat]:
    return session.scalars(_of_standing_views(Seat, run_id).order_by(Seat.position)).all()


def _of_standing_views(row: type[Place | Seat], run_id: UUID) -> Select[Any]:
    return select(row).join(View, View.id == row.view_id).where(row.run_id == run_id, View.status == STANDS)
