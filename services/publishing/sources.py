"""The source panel: lays sources into it, and finds them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.publishing.models.source import Source

KEYS = ["tenant_id", "id"]


def put(session: Session, rows: list[dict[str, Any]]) -> None:
    """Lays sources into the panel, or renews their facts; a withdrawn one stays withdrawn."""
    if not rows:
        return
    new = insert(Source).values(rows)
    facts = {name: new.excluded[name] for name in rows[0] if name not in ("id", "is_withdrawn")}
    session.execute(new.on_conflict_do_update(index_elements=KEYS, set_=facts))


def withdraw(session: Session, id: UUID, run_id: UUID, theme_id: UUID) -> None:
    """Remembers that this view is gone, also when it has not been ranked here yet."""
    facts = {"id": id, "run_id": run_id, "theme_id": theme_id, "kind": "view", "is_withdrawn": True}
    gone = insert(Source).values(facts)
    session.execute(gone.on_conflict_do_update(index_elements=KEYS, set_={"is_withdrawn": True}))


def panel(
    session: Session, run_id: UUID, theme_id: UUID | None = None, kind: str | None = None, limit: int = 50
) -> Sequence[Source]:
    """Returns outcomes first, the second round's before the first's; then the views that colleagues put highest."""
    chosen = {"run_id": run_id, "theme_id": theme_id, "kind": kind}
    narrowed = {name: value for name, value in chosen.items() if value}
    wanted = select(Source).filter_by(**narrowed, is_withdrawn=False)
    in_order = wanted.order_by(Source.kind, Source.round.desc(), Source.place.nulls_last(), Source.id)
    return session.scalars(in_order.limit(limit)).all()


def withdrawn_among(session: Session, ids: Iterable[UUID]) -> set[UUID]:
    """Returns those of these sources whose views are gone."""
    wanted = list(ids)
    if not wanted:
        return set()
    gone = select(Source.id).where(Source.id.in_(wanted), Source.is_withdrawn)
    return set(session.scalars(gone))
