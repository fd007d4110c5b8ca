"""The workbook as it is being written: chapters and passages, review, and the approval of both sides."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.publishing.content import Block, Book, Chapter, ChapterOfPassages
from services.publishing.models.base import Base
from services.publishing.models.edition import Edition
from services.publishing.models.launch import Launch
from services.publishing.models.passage import ChaptersStay, Passage, Revision
from services.publishing.models.theme import Theme
from shared.contracts.publishing import EditionApproved, EditionFrozen
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import WordingChanged

SIDES = ("consultancy", "client")


class NoWorkbookYet(NotFound):
    """The workbook of this run has not been begun. The consultancy's editor begins it from the writing page."""


class AlreadyBegun(RuleBroken):
    """This run has its workbook already. Open it and write on."""


class NotInReview(RuleBroken):
    """The workbook is not in review. Ask for a review first, so that both sides approve the same text."""


class NotApproved(RuleBroken):
    """The workbook has not been approved by both sides as it stands. Ask for a review, then let both approve."""


class NothingNew(RuleBroken):
    """Nothing has changed since the last edition. Launch that one."""


class NotFinished(RuleBroken):
    """Some passages are not finished. The writing page lists them."""


class QuotesNotCleared(RuleBroken):
    """Some quotes have not been cleared. Open the quotes page and decide on each."""


class Workbook(TenantOwned, TellsOthers, Base):
    """One run's workbook. `version` grows with every change, so a review or an approval says exactly what was read."""

    __tablename__ = "workbook"
    __table_args__ = (unique_in_tenant("run_id"),)

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    title: Mapped[str]
    language: Mapped[str]
    subtitle: Mapped[str] = mapped_column(default="")
    publisher: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(init=False, default=1)
    begun_at: Mapped[datetime] = moment()
    passages: Mapped[list[Passage]] = relationship(
        primaryjoin="foreign(Passage.workbook_id) == Workbook.id",
        order_by="Passage.position",
        default_factory=list,
        init=False,
    )
    reviews: Mapped[list["Review"]] = relationship(
        primaryjoin="foreign(Review.workbook_id) == Workbook.id", default_factory=list, init=False
    )
    approvals: Mapped[list["Approval"]] = relationship(
        primaryjoin="foreign(Approval.workbook_id) == Workbook.id", default_factory=list, init=False
    )
    editions: Mapped[list[Edition]] = relationship(
        primaryjoin="foreign(Edition.workbook_id) == Workbook.id",
        order_by="Edition.number",
        default_factory=list,
        init=False,
    )
    launches: Mapped[list[Launch]] = relationship(
        primaryjoin="foreign(Launch.workbook_id) == Workbook.id",
        order_by="Launch.at",
        default_factory=list,
        init=False,
    )

    def rename(self, **facts: str) -> None:
        for name, value in facts.items():
            setattr(self, name, value)
        self.changed()

    def changed(self) -> None:
        """Takes review and approval back: they were of another text."""
        self.version += 1

    # Chapters and passages

    def open_chapter(self, title: str, by: UUID, theme_id: UUID | None = None) -> Passage:
        opening = Passage(**self._place("chapter"), theme_id=theme_id)
        return self._put(opening, Chapter(title=title), by, [])

    def add(
        self, block: Block, chapter_id: UUID, by: UUID, derived_from: list[UUID], after_id: UUID | None = None
    ) -> Passage:
        """A new passage in a chapter, after another one or at the end."""
        self.passage(chapter_id)
        passage = self._put(
            Passage(**self._place(block.kind), chapter_id=chapter_id), block, by, derived_from
        )
        if after_id:
            self._set_order(passage, self._siblings(passage), after=self.passage(after_id))
        return passage

    def _put(self, passage: Passage, block: Block, by: UUID, derived_from: list[UUID]) -> Passage:
        self.passages.append(passage)
        passage.write(block, base=0, by=by, derived_from=derived_from)
        self.changed()
        return passage

    def write(
        self, passage: Passage, block: Block, base: int, by: UUID, derived_from: list[UUID] | None
    ) -> Revision:
        """Save a wording; see Passage.write for what happens when two write at once."""
        return self._noticing(passage, lambda: passage.write(block, base, by, derived_from))

    def restore(self, passage: Passage, number: int, by: UUID) -> Revision:
        return self._noticing(passage, lambda: passage.restore(number, by))

    def _noticing(self, passage: Passage, write: Callable[[], Revision]) -> Revision:
        before = (passage.revision, passage.is_removed)
        revision = write()
        if before != (passage.revision, passage.is_removed):
            self.changed()
        return revision

    def _place(self, kind: str) -> dict:
        last = max((passage.position for passage in self.passages), default=0)
        return {"workbook_id": self.id, "run_id": self.run_id, "kind": kind, "position": last + 1}

    def passage(self, id: UUID) -> Passage:
        found = next((passage for passage in self.passages if passage.id == id), None)
        if found is None:
            raise NotFound
        return found

    def move(self, passage: Passage, direction: str) -> None:
        """One place up or down among its neighbours."""
        row = self._siblings(passage)
        at = row.index(passage)
        to = at - 1 if direction == "up" else at + 1
        if 0 <= to < len(row):
            row[at].position, row[to].position = row[to].position, row[at].position
            self.passages.sort(key=lambda each: each.position)
            self.changed()

    def _siblings(self, passage: Passage) -> list[Passage]:
        return [p for p in self.passages if p.chapter_id == passage.chapter_id and not p.is_removed]

    def _set_order(self, passage: Passage, row: list[Passage], after: Passage) -> None:
        places = sorted(each.position for each in row)
        row.remove(passage)
        row.insert(row.index(after) + 1, passage)
        for place, each in zip(places, row, strict=True):
            each.position = place
        self.passages.sort(key=lambda each: each.position)

    def remove(self, passage: Passage) -> None:
        if passage.chapter_id is None and self.in_chapter(passage):
            raise ChaptersStay
        passage.remove()
        self.changed()

    def in_chapter(self, opening: Passage) -> list[Passage]:
        return [p for p in self.passages if p.chapter_id == opening.id and not p.is_removed]

    # Reading it whole

    def book(self, only: UUID | None = None) -> Book:
        """The workbook as it stands, or one chapter of it."""
        within = defaultdict(list)
        for passage in self.passages:
            if passage.chapter_id and not passage.is_removed:
                within[passage.chapter_id].append(passage.as_piece())
        chapters = [
            ChapterOfPassages(opening=p.as_piece(), theme_id=p.theme_id, passages=tuple(within[p.id]))
            for p in self.passages
            if p.chapter_id is None and not p.is_removed and only in (None, p.id)
        ]
        facts = {name: getattr(self, name) for name in ("title", "subtitle", "publisher", "language")}
        return Book(**facts, chapters=tuple(chapters))

    @property
    def standing(self) -> list[Passage]:
        """Passages that are in the book: not removed, and neither is their chapter."""
        gone = {p.id for p in self.passages if p.is_removed}
        return [p for p in self.passages if p.id not in gone and p.chapter_id not in gone]

    @property
    def uncleared(self) -> list[Passage]:
        return [passage for passage in self.standing if not passage.is_cleared]

    # Draft, in review, approved

    @property
    def stage(self) -> str:
        """draft, in_review or approved: always of the text as it stands now."""
        if all(self.approval_of(side) for side in SIDES):
            return "approved"
        return "in_review" if self.is_in_review else "draft"

    @property
    def is_in_review(self) -> bool:
        return any(review.version == self.version for review in self.reviews)

    @property
    def standing_approvals(self) -> list["Approval"]:
        return [approval for side in SIDES if (approval := self.approval_of(side))]

    def approval_of(self, side: str) -> "Approval | None":
        now = [a for a in self.approvals if a.side == side and a.version == self.version]
        return now[-1] if now else None

    def ask_for_review(self, by: UUID) -> None:
        if not self.is_in_review:
            self.reviews.append(Review(workbook_id=self.id, version=self.version, by=by))

    def approve(self, side: str, by: UUID, version: int) -> None:
        """One side stands behind the version that it has read; when both do, it may be frozen."""
        if version != self.version:
            raise WordingChanged
        if not self.is_in_review:
            raise NotInReview
        if self.approval_of(side):
            return
        self.approvals.append(Approval(workbook_id=self.id, side=side, version=self.version, by=by))
        if self.stage == "approved":
            self.tell(EditionApproved(run_id=self.run_id, workbook_id=self.id, by_id=by))

    # Editions

    def freeze(self, by: UUID, theme: Theme) -> Edition:
        """A numbered edition that never changes again. Refused until all is finished, cleared and approved."""
        self._refuse_what_is_not_ready()
        last = self.editions[-1] if self.editions else None
        if last and last.of_version == self.version and last.tokens == theme.tokens:
            raise NothingNew
        edition = Edition.of(self, number=len(self.editions) + 1, by=by, tokens=theme.tokens)
        self.editions.append(edition)
        passages = [passage.id for passage in edition.book.passages()]
        self.tell(
            EditionFrozen(
                run_id=self.run_id, edition_id=edition.id, number=edition.number, passages=passages, by_id=by
            )
        )
        return edition

    def _refuse_what_is_not_ready(self) -> None:
        if self.book().lacks():
            raise NotFinished
        if self.uncleared:
            raise QuotesNotCleared
        if self.stage != "approved":
            raise NotApproved

    def edition(self, number: int) -> Edition:
        found = next((edition for edition in self.editions if edition.number == number), None)
        if found is None:
            raise NotFound
        return found


class Review(TenantOwned, Base):
    """Somebody asked both sides to read the workbook as it stood at this version."""

    __tablename__ = "review"
    __table_args__ = (belongs_to("workbook_id", "workbook.id"), unique_in_tenant("workbook_id", "version"))

    id: Mapped[UUID] = new_id()
    workbook_id: Mapped[UUID]
    version: Mapped[int]
    by: Mapped[UUID]
    at: Mapped[datetime] = moment()


class Approval(TenantOwned, Base):
    """One side stands behind the workbook as it stood at this version."""

    __tablename__ = "approval"
    __table_args__ = (
        belongs_to("workbook_id", "workbook.id"),
        unique_in_tenant("workbook_id", "version", "side"),
    )

    id: Mapped[UUID] = new_id()
    workbook_id: Mapped[UUID]
    side: Mapped[str]
    version: Mapped[int]
    by: Mapped[UUID]
    at: Mapped[datetime] = moment()
