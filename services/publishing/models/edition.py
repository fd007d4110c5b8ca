"""Numbered editions that never change, and what was printed of them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec
from sqlalchemy import LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.publishing.content import Book
from services.publishing.content import Passage as Piece
from services.publishing.layout import cards_of
from services.publishing.models.base import Base
from services.publishing.typesetting import Manuscript, Sheet, TypesettingFailed, printed
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.publishing.models.workbook import Workbook


class NotPrintedYet(RuleBroken):
    """The printed page is still being made. Try again in a moment."""

    status = 409


class Edition(TenantOwned, SetsTimers, Base):
    """The workbook as it was frozen. The database refuses to change it."""

    __tablename__ = "edition"
    __table_args__ = (belongs_to("workbook_id", "workbook.id"), unique_in_tenant("workbook_id", "number"))

    id: Mapped[UUID] = new_id()
    workbook_id: Mapped[UUID]
    run_id: Mapped[UUID]
    number: Mapped[int]
    of_version: Mapped[int]
    content: Mapped[dict] = mapped_column(JSONB, repr=False)
    tokens: Mapped[dict] = mapped_column(JSONB)
    frozen_by: Mapped[UUID]
    frozen_at: Mapped[datetime]
    renderings: Mapped[list["Rendering"]] = relationship(
        primaryjoin="foreign(Rendering.edition_id) == Edition.id",
        order_by="Rendering.sheet.desc()",
        default_factory=list,
        init=False,
    )

    @classmethod
    def of(cls, workbook: "Workbook", number: int, by: UUID, tokens: dict) -> "Edition":
        book = msgspec.structs.replace(workbook.book(), number=number)
        edition = cls(
            workbook_id=workbook.id,
            run_id=workbook.run_id,
            number=number,
            of_version=workbook.version,
            content=msgspec.to_builtins(book),
            tokens=tokens,
            frozen_by=by,
            frozen_at=datetime.now(UTC),
        )
        for sheet in ("workbook", "deck") if cards_of(book) else ("workbook",):
            edition.renderings.append(Rendering(edition_id=edition.id, sheet=sheet))
        return edition

    @property
    def book(self) -> Book:
        return msgspec.convert(self.content, Book)

    def pieces(self, *kinds: type) -> list[Piece]:
        return [piece for piece in self.book.passages() if isinstance(piece.block, kinds)]

    def have_printed(self) -> None:
        """Have the worker make the PDF and the deck, now or again."""
        for rendering in self.renderings:
            rendering.wait()
        self.schedule("print_edition", datetime.now(UTC))

    def page_of(self, passage_id: UUID) -> int | None:
        """On which page of the printed workbook a passage stands; None until it is printed."""
        return self.rendering("workbook").standing.get(str(passage_id))

    def rendering(self, sheet: str) -> "Rendering":
        found = next((rendering for rendering in self.renderings if rendering.sheet == sheet), None)
        if found is None:
            raise NotFound
        return found


class Rendering(TenantOwned, Base):
    """One printed form of an edition: still waiting, made, or failed with a sentence that says why."""

    __tablename__ = "rendering"
    __table_args__ = (belongs_to("edition_id", "edition.id"), unique_in_tenant("edition_id", "sheet"))

    id: Mapped[UUID] = new_id()
    edition_id: Mapped[UUID]
    sheet: Mapped[str]  # workbook | deck
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | made | failed
    sentence: Mapped[str] = mapped_column(default="")
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, default=None, repr=False)
    standing: Mapped[dict] = mapped_column(JSONB, default_factory=dict)  # passage id -> page
    made_at: Mapped[datetime | None] = mapped_column(default=None)

    def wait(self) -> None:
        self.state, self.sentence = "waiting", ""

    def make(self, manuscript: Manuscript, at: datetime) -> None:
        """A failure is kept as the sentence that people see on the edition's page; they mend it and print again."""
        try:
            made = printed(manuscript, cast(Sheet, self.sheet), at)
        except TypesettingFailed as failure:
            self.state, self.sentence = "failed", failure.sentence
        else:
            self.pdf, self.standing = made.pdf, made.standing
            self.state, self.sentence, self.made_at = "made", "", datetime.now(UTC)

    @property
    def file(self) -> bytes:
        if self.state != "made" or self.pdf is None:
            raise NotPrintedYet
        return self.pdf
