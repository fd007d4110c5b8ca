"""Adding to the thread: every act is set-based and may come twice, and things may be heard of in any order."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.lineage.models import Agreement, Edge, Edition, Standing, Thing
from shared.tenancy import current_tenant


def know(session: Session, id: UUID, run_id: UUID, kind: str, **facts: Any) -> None:
    """There is such a thing, and this is so about it now."""
    row = insert(Thing).values(id=id, run_id=run_id, kind=kind, **({"stands": True} | facts))
    session.execute(
        row.on_conflict_do_update(index_elements=[Thing.tenant_id, Thing.id], set_={"kind": kind} | facts)
    )


def grew_from(session: Session, target: UUID, run_id: UUID, kind: str, sources: Iterable[UUID]) -> None:
    """These are all its sources now; what it grew from before and does not any more is cut."""
    wanted = list(set(sources) - {target})
    session.execute(delete(Edge).where(Edge.target_id == target, Edge.source_id.not_in(wanted)))
    if wanted:
        rows = [edge(source, target, run_id, kind) for source in wanted]
        session.execute(insert(Edge).values(rows).on_conflict_do_nothing())


def edge(source: UUID, target: UUID, run_id: UUID, kind: str) -> dict[str, Any]:
    return {
        "tenant_id": current_tenant(),
        "source_id": source,
        "target_id": target,
        "run_id": run_id,
        "kind": kind,
    }


def stands_no_more(session: Session, id: UUID) -> None:
    session.execute(update(Thing).filter_by(id=id).values(stands=False))


def count_readings(session: Session, run_id: UUID, theme_id: UUID, readings: dict[str, int]) -> None:
    """How many read each view, all in one statement; a view not heard of yet is known by this."""
    facts = {"run_id": run_id, "kind": "view", "part_of": theme_id, "stands": True}
    rows = [{"id": UUID(id), "readings": number} | facts for id, number in readings.items()]
    if rows:
        row = insert(Thing).values([{"tenant_id": current_tenant()} | each for each in rows])
        keys = [Thing.tenant_id, Thing.id]
        session.execute(
            row.on_conflict_do_update(index_elements=keys, set_={"readings": row.excluded.readings})
        )


def stand_in(session: Session, edition_id: UUID, run_id: UUID, number: int, passages: Iterable[UUID]) -> None:
    """A frozen edition and all its passages."""
    session.execute(
        insert(Edition)
        .values(id=edition_id, run_id=run_id, number=number, is_launched=False)
        .on_conflict_do_nothing()
    )
    rows = [
        {"tenant_id": current_tenant(), "edition_id": edition_id, "passage_id": id} for id in set(passages)
    ]
    if rows:
        session.execute(insert(Standing).values(rows).on_conflict_do_nothing())


def open_to_readers(session: Session, edition_id: UUID, is_launched: bool) -> None:
    session.execute(update(Edition).filter_by(id=edition_id).values(is_launched=is_launched))


def sign(session: Session, agreement_id: UUID, run_id: UUID) -> None:
    session.execute(insert(Agreement).values(id=agreement_id, run_id=run_id).on_conflict_do_nothing())
