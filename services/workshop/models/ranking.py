"""The views as voting ranked them, and those that stand no more: each kept by itself, since either may be heard of first."""

from collections.abc import Iterable
from typing import Self
from uuid import UUID

from sqlalchemy import Index, Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.workshop.models.base import Base
from shared.contracts.voting import RankingReleased
from shared.database import lock_of
from shared.tenancy.sessions import TenantOwned


class RankedView(TenantOwned, Base):
    """A view as voting ranked it, by id: staff choose from these what stands behind a question."""

    __tablename__ = "ranked_view"
    __table_args__ = (Index(None, "tenant_id", "run_id", "theme_id", "rank"),)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    rank: Mapped[int]
    has_seat: Mapped[bool]
    is_read_enough: Mapped[bool]
    readings: Mapped[int | None] = mapped_column(default=None)

    @classmethod
    def remember(cls, released: RankingReleased, session: Session) -> None:
        seats, too_few = set(released.seats), set(released.not_read_enough)
        order = list(dict.fromkeys([*released.ranking, *released.seats]))
        rows = [
            {
                "view_id": view_id,
                "run_id": released.run_id,
                "theme_id": released.theme_id,
                "rank": rank,
                "has_seat": view_id in seats,
                "is_read_enough": view_id not in too_few,
                "readings": released.readings.get(str(view_id)),
            }
            for rank, view_id in enumerate(order, start=1)
        ]
        session.execute(delete(cls).filter_by(run_id=released.run_id, theme_id=released.theme_id))
        if rows:
            session.execute(insert(cls).values(rows))

    @classmethod
    def standing(cls, run_id: UUID) -> Select[tuple[Self]]:
        """Returns the views that may still stand behind a question, theme by theme, best first."""
        fallen = select(FallenView).filter_by(view_id=cls.view_id).exists()
        return select(cls).filter_by(run_id=run_id).where(~fallen).order_by(cls.theme_id, cls.rank)


class FallenView(TenantOwned, Base):
    """A view that its author took back or a moderator rejected, ranked here or not yet."""

    __tablename__ = "fallen_view"
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    was_taken_back: Mapped[bool]

    @classmethod
    def note(cls, view_id: UUID, session: Session, *, was_taken_back: bool) -> None:
        """Notes a fallen view. A view that its author took back stays taken back, whatever a moderator says."""
        row = insert(cls).values(view_id=view_id, was_taken_back=was_taken_back)
        either = or_(cls.was_taken_back, row.excluded.was_taken_back)
        keys = ["tenant_id", "view_id"]
        session.execute(row.on_conflict_do_update(index_elements=keys, set_={"was_taken_back": either}))

    @classmethod
    def stands_again(cls, view_id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(view_id=view_id, was_taken_back=False))

    @classmethod
    def among(cls, ids: Iterable[UUID], session: Session) -> set[UUID]:
        return set(session.scalars(select(cls.view_id).where(cls.view_id.in_(list(ids)))))


def hold_the_ranking(run_id: UUID, session: Session) -> None:
    """Until we commit: a view falls before its question is proposed, or after, and not meanwhile."""
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, f"ranking:{run_id}"))))
