"""Keeps and finds the ranked views of a run, and those that have fallen."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.workshop.models import FallenView, RankedView
from shared.contracts.voting import RankingReleased
from shared.database import lock_of


def hold(session: Session, run_id: UUID) -> None:
    """Until we commit: a view falls before its question is proposed, or after, and not meanwhile."""
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, f"ranking:{run_id}"))))


def remember(session: Session, released: RankingReleased) -> None:
    about = {"run_id": released.run_id, "theme_id": released.theme_id}
    session.execute(delete(RankedView).filter_by(**about))
    if rows := [about | row for row in _ranked(released)]:
        session.execute(insert(RankedView).values(rows))


def _ranked(released: RankingReleased) -> list[dict[str, object]]:
    seats, too_few = set(released.seats), set(released.not_read_enough)
    order = dict.fromkeys([*released.ranking, *released.seats])
    return [
        {
            "view_id": view_id,
            "rank": rank,
            "has_seat": view_id in seats,
            "is_read_enough": view_id not in too_few,
            "readings": released.readings.get(str(view_id)),
        }
        for rank, view_id in enumerate(order, start=1)
    ]


def standing(session: Session, run_id: UUID, theme_id: UUID | None = None) -> Sequence[RankedView]:
    """Returns the views that may still stand behind a question, theme by theme, best first; a theme narrows them."""
    fallen = select(FallenView).filter_by(view_id=RankedView.view_id).exists()
    query = select(RankedView).filter_by(run_id=run_id).where(~fallen)
    if theme_id:
        query = query.filter_by(theme_id=theme_id)
    return session.scalars(query.order_by(RankedView.theme_id, RankedView.rank)).all()


def note_fallen(session: Session, view_id: UUID, *, was_taken_back: bool) -> None:
    """Notes a fallen view. A view that its author took back stays taken back, whatever a moderator says."""
    row = insert(FallenView).values(view_id=view_id, was_taken_back=was_taken_back)
    either = or_(FallenView.was_taken_back, row.excluded.was_taken_back)
    keys = ["tenant_id", "view_id"]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"was_taken_back": either}))


def note_standing_again(session: Session, view_id: UUID) -> None:
    session.execute(delete(FallenView).filter_by(view_id=view_id, was_taken_back=False))


def fallen_among(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    return set(session.scalars(select(FallenView.view_id).where(FallenView.view_id.in_(list(ids)))))
