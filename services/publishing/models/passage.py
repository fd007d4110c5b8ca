"""Passages, every wording they ever had, and who cleared a colleague's words for print."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.publishing.content import AnyBlock, Block, merged, read_block
from services.publishing.content import Passage as Piece
from services.publishing.models.base import Base
from shared.contracts.publishing import PassageRemoved, PassageWritten, QuoteCleared
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import WordingChanged

QUESTIONS = ("identifiability", "wording")  # can anybody be recognised, and is this what was said


class NotAQuote(RuleBroken):
    """Only a colleague's words need clearing. This passage can be published as it is."""


class SourceWithdrawn(RuleBroken):
    """The colleague has withdrawn the view behind this quote. Take the quote out of the workbook."""


class ChaptersStay(RuleBroken):
    """A chapter with passages cannot be removed. Remove or move its passages first."""


class NoSuchRevision(RuleBroken):
    """This wording is not in the passage's history. Choose another one."""

    status = 404


class Passage(TenantOwned, TellsOthers, Base):
    """A block of the workbook in its place, or the opening of a chapter. Its id is for ever."""

    __tablename__ = "passage"
    __table_args__ = (
        belongs_to("workbook_id", "workbook.id"),
        belongs_to("chapter_id", "passage.id"),
        Index(None, "tenant_id", "workbook_id", "position"),
        Index(None, "derived_from", postgresql_using="gin"),
    )

    id: Mapped[UUID] = new_id()
    workbook_id: Mapped[UUID]
    run_id: Mapped[UUID]
    kind: Mapped[str]
    position: Mapped[int]
    chapter_id: Mapped[UUID | None] = mapped_column(default=None)  # none: this opens a chapter
    theme_id: Mapped[UUID | None] = mapped_column(default=None)
    written: Mapped[dict] = mapped_column(JSONB, init=False, default_factory=dict)
    derived_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), init=False, default_factory=list)
    revision: Mapped[int] = mapped_column(init=False, default=0)
    is_removed: Mapped[bool] = mapped_column(init=False, default=False)
    revisions: Mapped[list["Revision"]] = relationship(
        primaryjoin="foreign(Revision.passage_id) == Passage.id",
        order_by="Revision.number",
        default_factory=list,
        init=False,
    )
    clearings: Mapped[list["Clearing"]] = relationship(
        primaryjoin="foreign(Clearing.passage_id) == Passage.id",
        order_by="Clearing.at",
        default_factory=list,
        init=False,
    )

    @property
    def block(self) -> AnyBlock:
        return read_block(self.written)

    def as_piece(self) -> Piece:
        return Piece(
            id=self.id, revision=self.revision, block=self.block, derived_from=tuple(self.derived_from)
        )

    def write(self, block: Block, base: int, by: UUID, derived_from: list[UUID] | None = None) -> "Revision":
        """Save a wording that was written over revision `base`.

        When somebody else has saved meanwhile, changes to different fields are joined; where both changed the same
        field, this wording is kept aside in the history and the passage stays as the other left it.
        """
        sources = self.derived_from if derived_from is None else derived_from
        if base == self.revision:
            return self._revise(block, by, sources)
        both = merged(self.wording(base).block, block, self.block)
        if both is None:
            return self._keep(block, by, sources, is_aside=True, base=base)
        return self._revise(both, by, sources)

    def _revise(self, block: Block, by: UUID, sources: list[UUID]) -> "Revision":
        written = msgspec.to_builtins(block)
        if written == self.written and sources == self.derived_from and not self.is_removed:
            return self.wording(self.revision)
        revision = self._keep(block, by, sources)
        is_news = self.is_removed or self.revision == 0 or sources != self.derived_from
        self.written, self.derived_from = written, sources
        self.revision, self.is_removed = revision.number, False
        if is_news:
            self._tell_of_sources()
        return revision

    def _tell_of_sources(self) -> None:
        written = PassageWritten(
            run_id=self.run_id, passage_id=self.id, kind=self.kind, derived_from=self.derived_from
        )
        self.tell(written)

    def _keep(self, block: Block, by: UUID, sources: list[UUID], **how) -> "Revision":
        kept = Revision(
            passage_id=self.id,
            number=len(self.revisions) + 1,
            written=msgspec.to_builtins(block),
            derived_from=sources,
            by=by,
            **({"base": self.revision} | how),
        )
        self.revisions.append(kept)
        return kept

    def wording(self, number: int) -> "Revision":
        found = next((revision for revision in self.revisions if revision.number == number), None)
        if found is None:
            raise NoSuchRevision
        return found

    def restore(self, number: int, by: UUID) -> "Revision":
        """Bring an earlier wording back, also of a removed passage. What stood until now stays in the history."""
        old = self.wording(number)
        return self._revise(old.block, by, list(old.derived_from))

    def remove(self) -> None:
        """Take the passage out of the workbook; its wordings stay and can be restored."""
        if not self.is_removed:
            self.is_removed = True
            self.tell(PassageRemoved(run_id=self.run_id, passage_id=self.id))

    # A colleague's words

    @property
    def is_quoted(self) -> bool:
        return self.block.is_quoted

    @property
    def is_cleared(self) -> bool:
        return not self.is_quoted or all(self.decision_on(question) == "cleared" for question in QUESTIONS)

    def decision_on(self, question: str) -> str | None:
        """The latest decision on the wording that stands; an earlier wording's clearings do not count."""
        given = [
            each.decision
            for each in self.clearings
            if each.revision == self.revision and each.question in (question, "source")
        ]
        return given[-1] if given else None

    def clear(
        self,
        revision: int,
        question: str,
        decision: str,
        by: UUID,
        note: str = "",
        withdrawn: Collection[UUID] = (),
    ) -> "Clearing":
        """Say whether the wording that was read may be published, on one of the two questions. `withdrawn`: those of its sources whose
        views are gone."""
        if revision != self.revision:
            raise WordingChanged
        if not self.is_quoted:
            raise NotAQuote
        if decision == "cleared" and withdrawn:
            raise SourceWithdrawn
        was_cleared = self.is_cleared
        clearing = self._decide(question, decision, by, note)
        if self.is_cleared and not was_cleared:
            self.tell(QuoteCleared(run_id=self.run_id, passage_id=self.id))
        return clearing

    def unclear(self) -> None:
        """A view behind this quote was withdrawn or taken down: nobody may publish it any more."""
        if self.is_quoted:
            self._decide("source", "withdrawn", None, "")

    def _decide(self, question: str, decision: str, by: UUID | None, note: str) -> "Clearing":
        clearing = Clearing(
            passage_id=self.id, revision=self.revision, question=question, decision=decision, by=by, note=note
        )
        self.clearings.append(clearing)
        return clearing


class Revision(TenantOwned, Base):
    """One wording of a passage. Written once, never changed; one that is aside lost a race and waits to be looked at."""

    __tablename__ = "revision"
    __table_args__ = (belongs_to("passage_id", "passage.id"), unique_in_tenant("passage_id", "number"))

    id: Mapped[UUID] = new_id()
    passage_id: Mapped[UUID]
    number: Mapped[int]
    base: Mapped[int]
    written: Mapped[dict] = mapped_column(JSONB)
    derived_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    by: Mapped[UUID]
    is_aside: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = moment()

    @property
    def block(self) -> AnyBlock:
        return read_block(self.written)


class Clearing(TenantOwned, Base):
    """Somebody's decision on whether one wording of a quote may be published."""

    __tablename__ = "clearing"
    __table_args__ = (belongs_to("passage_id", "passage.id"), Index(None, "tenant_id", "passage_id"))

    id: Mapped[UUID] = new_id()
    passage_id: Mapped[UUID]
    revision: Mapped[int]
    question: Mapped[str]  # identifiability | wording | source
    decision: Mapped[str]  # cleared | refused | withdrawn
    by: Mapped[UUID | None] = mapped_column(default=None)  # none: the author of the view withdrew it
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = moment()
