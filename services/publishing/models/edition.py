"""Numbered editions that never change, what was printed of them, and their launch."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import msgspec
from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from services.publishing.content import Book, IdeaCard, Image, Principle
from services.publishing.content import Passage as Piece
from services.publishing.layout import cards_of
from services.publishing.models.base import Base
from services.publishing.models.source import Source
from services.publishing.models.theme import Picture
from services.publishing.tokens import Look
from services.publishing.typesetting import Manuscript, Sheet, TypesettingFailed, printed
from shared.contracts.publishing import PrincipleRevised, WorkbookLaunched, WorkbookWithdrawn
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.publishing.models.workbook import Workbook


class NotLaunchedYet(NotFound):
    """The workbook has not been launched yet. It opens here at the launch."""


class LaunchIsPlanned(RuleBroken):
    """A launch is planned already. Move it or call it off first."""


class MomentHasPassed(RuleBroken):
    """This moment has passed already. Choose a later one, or open the workbook now."""

    status = 422
    field = "at"


class LaunchIsOver(RuleBroken):
    """This launch has been taken back already."""


class LaunchHasHappened(RuleBroken):
    """The workbook is launched already. Take the launch back if it has to come later."""


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

    def readable(self, session: Session) -> Book:
        """The book without quotes whose authors have withdrawn their views since."""
        sources = {source for piece in self.book.passages() for source in piece.derived_from}
        withdrawn = Source.withdrawn_among(sources, session) if sources else set()
        quotes = {p.id for p in self.book.passages() if p.block.is_quoted and withdrawn & set(p.derived_from)}
        return self.book.without(quotes)

    def pieces(self, *kinds: type) -> list[Piece]:
        return [piece for piece in self.book.passages() if isinstance(piece.block, kinds)]

    def have_printed(self) -> None:
        """Have the worker make the PDF and the deck, now or again."""
        for rendering in self.renderings:
            rendering.wait()
        self.schedule("print_edition", datetime.now(UTC))

    def print_all(self, session: Session) -> None:
        book = self.readable(session)
        manuscript = Manuscript(book, Look.from_tokens(self.tokens), pictures_of(book, self.tokens, session))
        for rendering in self.renderings:
            rendering.make(manuscript, self.frozen_at)

    def page_of(self, passage_id: UUID) -> int | None:
        """On which page of the printed workbook a passage stands; None until it is printed."""
        return self.rendering("workbook").standing.get(str(passage_id))

    def rendering(self, sheet: str) -> "Rendering":
        found = next((rendering for rendering in self.renderings if rendering.sheet == sheet), None)
        if found is None:
            raise NotFound
        return found


def pictures_of(book: Book, tokens: dict, session: Session) -> dict[str, bytes]:
    shown = {piece.block.image for piece in book.passages() if isinstance(piece.block, Image)}
    wanted = {id for id in (*shown, Look.from_tokens(tokens).cover) if id}
    return Picture.contents_of(wanted, session)


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


# Whom a launch writes to: those who have got no mail of the edition yet; everybody once more; nobody.
WRITES_TO = (NOT_TOLD_YET, EVERYBODY, NOBODY) = ("not_told_yet", "everybody", "nobody")


def to_come(at: datetime) -> datetime:
    if at <= datetime.now(UTC):
        raise MomentHasPassed
    return at


class Launch(TenantOwned, TellsOthers, SetsTimers, Base):
    """The minute at which an edition opens to all staff: one change of state, and one that can be taken back."""

    __tablename__ = "launch"
    __table_args__ = (
        belongs_to("workbook_id", "workbook.id"),
        belongs_to("edition_id", "edition.id"),
        Index(None, "tenant_id", "run_id"),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    workbook_id: Mapped[UUID]
    edition_id: Mapped[UUID]
    at: Mapped[datetime]
    set_by: Mapped[UUID]
    writes_to: Mapped[str] = mapped_column(default=NOT_TOLD_YET)
    launched_at: Mapped[datetime | None] = mapped_column(default=None)
    edition: Mapped[Edition] = relationship(
        primaryjoin="foreign(Launch.edition_id) == Edition.id", init=False, viewonly=True
    )
    withdrawal: Mapped["Withdrawal | None"] = relationship(
        primaryjoin="foreign(Withdrawal.launch_id) == Launch.id", uselist=False, init=False, default=None
    )

    @property
    def state(self) -> str:
        """planned, called_off, launched or withdrawn."""
        if self.withdrawal:
            return "withdrawn" if self.launched_at else "called_off"
        return "launched" if self.launched_at else "planned"

    @classmethod
    def plan(
        cls,
        edition: Edition,
        at: datetime | None,
        by: UUID,
        writes_to: str = NOT_TOLD_YET,
        known: Iterable["Launch"] = (),
    ) -> "Launch":
        """Set the minute, or none for now; the worker opens the workbook then, also when it was down at that minute."""
        at = to_come(at) if at else datetime.now(UTC)
        if any(launch.state == "planned" for launch in known):
            raise LaunchIsPlanned
        launch = cls(
            run_id=edition.run_id,
            workbook_id=edition.workbook_id,
            edition_id=edition.id,
            at=at,
            set_by=by,
            writes_to=writes_to,
        )
        launch.schedule("launch_workbook", at)
        return launch

    def move(self, at: datetime) -> None:
        if self.state != "planned":
            raise LaunchHasHappened if self.launched_at else LaunchIsOver
        self.at = to_come(at)
        self.schedule("launch_workbook", at)

    def open(self, before: "Launch | None") -> None:
        """It is time: the edition stands before all staff, and teams hear which principles read differently."""
        if self.state != "planned":
            return
        self.launched_at = datetime.now(UTC)
        self._tell_that_it_is_open(self.writes_to)
        if before:
            self._tell_what_principles_changed(before.edition)

    def _tell_that_it_is_open(self, writes_to: str) -> None:
        edition = self.edition
        told = WorkbookLaunched(
            run_id=self.run_id,
            edition_id=edition.id,
            number=edition.number,
            launched_at=self.launched_at or datetime.now(UTC),
            principles=[piece.id for piece in edition.pieces(Principle)],
            idea_cards=[piece.id for piece in edition.pieces(IdeaCard)],
            writes_to=writes_to,
        )
        self.tell(told)

    def _tell_what_principles_changed(self, before: Edition) -> None:
        was = {piece.id: piece.block for piece in before.pieces(Principle)}
        for piece in self.edition.pieces(Principle):
            if piece.id in was and was[piece.id] != piece.block:
                self.tell(
                    PrincipleRevised(run_id=self.run_id, passage_id=piece.id, edition_id=self.edition_id)
                )

    def withdraw(self, by: UUID, reason: str, before: "Launch | None") -> None:
        """Take the launch back, or call it off before its time. Readers see the edition before it again, if there is one."""
        if self.withdrawal:
            raise LaunchIsOver
        self.cancel("launch_workbook")
        self.withdrawal = Withdrawal(launch_id=self.id, by=by, reason=reason)
        if self.launched_at:
            self.tell(
                WorkbookWithdrawn(run_id=self.run_id, edition_id=self.edition_id, number=self.edition.number)
            )
            if before:
                before._tell_that_it_is_open(NOBODY)


class Withdrawal(TenantOwned, Base):
    """Somebody took a launch back, and why."""

    __tablename__ = "withdrawal"
    __table_args__ = (belongs_to("launch_id", "launch.id"), unique_in_tenant("launch_id"))

    id: Mapped[UUID] = new_id()
    launch_id: Mapped[UUID]
    by: Mapped[UUID]
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = moment()
