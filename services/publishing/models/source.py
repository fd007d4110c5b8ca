"""The sources of the workbook: signed-off outcomes and ranked views, by id; their texts stay where they were said."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.publishing.models.base import Base
from shared.tenancy.sessions import TenantOwned


class Source(TenantOwned, Base):
    """An outcome of the workshops, or a view with its place in the ranking."""

    __tablename__ = "source"
    __table_args__ = (Index(None, "tenant_id", "run_id", "theme_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the outcome's or the view's own
    run_id: Mapped[UUID]
    kind: Mapped[str]  # outcome | view
    theme_id: Mapped[UUID]
    place: Mapped[int | None] = mapped_column(default=None)  # of a view in its theme's ranking, best first
    readings: Mapped[int | None] = mapped_column(default=None)
    round: Mapped[int | None] = mapped_column(default=None)
    question_id: Mapped[UUID | None] = mapped_column(default=None)
    outcome_kind: Mapped[str | None] = mapped_column(default=None)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def put(cls, session: Session, rows: list[dict]) -> None:
        """Lay sources into the panel, or renew their facts; a withdrawn one stays withdrawn."""
        if not rows:
            return
        new = insert(cls).values(rows)
        facts = {name: new.excluded[name] for name in rows[0] if name not in ("id", "is_withdrawn")}
        session.execute(new.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=facts))

    @classmethod
    def withdraw(cls, session: Session, id: UUID, run_id: UUID, theme_id: UUID) -> None:
        """Remember that this view is gone, also when it has not been ranked here yet."""
        facts = {"id": id, "run_id": run_id, "theme_id": theme_id, "kind": "view", "is_withdrawn": True}
        gone = insert(cls).values(facts)
        keys = ["tenant_id", "id"]
        session.execute(gone.on_conflict_do_update(index_elements=keys, set_={"is_withdrawn": True}))

    @classmethod
    def panel(
        cls,
        run_id: UUID,
        session: Session,
        theme_id: UUID | None = None,
        kind: str | None = None,
        limit: int = 50,
    ) -> list["Source"]:
        """Outcomes first, the second round's before the first's; then the views that colleagues put highest."""
        chosen = {"run_id": run_id, "theme_id": theme_id, "kind": kind}
        wanted = select(cls).filter_by(
            **{name: value for name, value in chosen.items() if value}, is_withdrawn=False
        )
        in_order = wanted.order_by(cls.kind, cls.round.desc(), cls.place.nulls_last(), cls.id)
        return list(session.scalars(in_order.limit(limit)))

    @classmethod
    def withdrawn_among(cls, ids: Iterable[UUID], session: Session) -> set[UUID]:
        gone = select(cls.id).where(cls.id.in_(list(ids)), cls.is_withdrawn)
        return set(session.scalars(gone))
