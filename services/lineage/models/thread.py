"""The unbroken thread: what there is in a run, and what grew from what. Ids and facts only; the words stay with their owners."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import base_for
from shared.tenancy.sessions import TenantOwned

Base: Any = base_for("lineage")

VIEW, QUESTION, OUTCOME, PASSAGE, CLAUSE = "view", "question", "outcome", "passage", "clause"


class Thing(TenantOwned, Base):
    """A view, a question, an outcome, a passage or a clause: something that the thread passes through."""

    __tablename__ = "thing"
    __table_args__ = (Index("ix_thing_run", "tenant_id", "run_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # its owner's own id
    run_id: Mapped[UUID]
    kind: Mapped[str]
    detail: Mapped[str | None] = mapped_column(default=None)  # the kind of a passage or an outcome
    part_of: Mapped[UUID | None] = mapped_column(
        default=None
    )  # the theme of a view, the agreement of a clause
    stands: Mapped[bool] = mapped_column(default=True)  # not withdrawn, put aside, unsigned or removed
    readings: Mapped[int | None] = mapped_column(default=None)  # how many colleagues read a view


class Edge(TenantOwned, Base):
    """The target grew from the source."""

    __tablename__ = "edge"
    __table_args__ = (
        Index("ix_edge_target", "tenant_id", "target_id"),
        Index("ix_edge_run", "tenant_id", "run_id", "kind"),
    )

    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    kind: Mapped[str]  # of the target


class Edition(TenantOwned, Base):
    """A numbered edition of the workbook, and whether it is open to readers."""

    __tablename__ = "edition"
    __table_args__ = (Index("ix_edition_run", "tenant_id", "run_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    number: Mapped[int]
    is_launched: Mapped[bool] = mapped_column(default=False)


class Standing(TenantOwned, Base):
    """A passage stands in an edition."""

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_passage", "tenant_id", "passage_id"),)

    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    passage_id: Mapped[UUID] = mapped_column(primary_key=True)


class Agreement(TenantOwned, Base):
    """A team's ground rules that everybody in the team has agreed to; which team it is, we do not know."""

    __tablename__ = "agreement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
