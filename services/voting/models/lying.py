"""How many cards lie before readers just now: a guess that steers deals, kept in no log and in no backup."""

import time
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Index, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.base import Base, as_array
from shared.tenancy.sessions import TenantOwned

A_SLOT = 600
"""Seconds. No finer clock is kept."""
LIES_BEFORE_A_READER = 3
"""So many slots after its own a card counts as being read."""


class Lying(TenantOwned, Base):
    """So many cards of a view were dealt in these ten minutes and are not counted as answered yet. Never whose.

    Written in a transaction of its own, after that of the deal. The table is unlogged: a crash empties it, and only
    makes colleagues read the same for some minutes.
    """

    __tablename__ = "lying"
    __table_args__ = (Index("ix_lying_run", "tenant_id", "run_id"), {"prefixes": ["UNLOGGED"]})
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    count: Mapped[int]


def this_slot() -> int:
    return int(time.time()) // A_SLOT


def lying_now(run_id: UUID, session: Session) -> dict[UUID, int]:
    """View -> how many cards of it lie before readers."""
    lately = Lying.slot >= this_slot() - LIES_BEFORE_A_READER
    counts = select(Lying.view_id, func.sum(Lying.count)).where(Lying.run_id == run_id, lately)
    return dict(session.execute(counts.group_by(Lying.view_id)).all())


def lay_before_a_reader(run_id: UUID, view_ids: Collection[UUID], session: Session) -> None:
    """Notes that these have been dealt; in the order of ids, so that nobody waits crosswise."""
    rows = [{"view_id": v, "slot": this_slot(), "run_id": run_id, "count": 1} for v in sorted(view_ids)]
    one_more = {"count": Lying.count + 1}
    session.execute(
        insert(Lying)
        .values(rows)
        .on_conflict_do_update(index_elements=["tenant_id", "view_id", "slot"], set_=one_more)
    )


def take_away(answered: Mapping[UUID, int], session: Session) -> None:
    """Cards that are counted as answered do not lie any more: of each view so many go from where they have lain longest.
    What somebody else is writing just now is passed over."""
    if answered:
        given = {"views": as_array(answered), "times": as_array(answered.values())}
        session.execute(TAKE_AWAY, given)


TAKE_AWAY = text("""
    WITH answered AS (
        SELECT view_id, times FROM unnest(CAST(:views AS uuid[]), CAST(:times AS int[])) AS a (view_id, times)
    ), longest AS (
        SELECT view_id, slot FROM lying WHERE (view_id, slot) IN (
            SELECT view_id, min(slot) FROM lying WHERE view_id = ANY(CAST(:views AS uuid[])) AND count > 0 GROUP BY view_id)
        FOR UPDATE SKIP LOCKED)
    UPDATE lying SET count = greatest(0, lying.count - times)
    FROM longest JOIN answered USING (view_id)
    WHERE lying.view_id = longest.view_id AND lying.slot = longest.slot""")


def forget_what_has_lain(run_id: UUID, session: Session) -> None:
    """Empties the table, of all organisations, once something of this run has lain there too long: rows that are deleted would
    stay in the file. A worker's session, which commits right after."""
    oldest = session.scalar(select(func.min(Lying.slot)).filter_by(run_id=run_id))
    if oldest is not None and oldest < this_slot() - LIES_BEFORE_A_READER:
        empty(session)


def empty(session: Session) -> None:
    session.execute(text("TRUNCATE lying"))
