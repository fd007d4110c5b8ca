"""The operations of publishing for everybody who reads the launched workbook."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.api.publishing import EVERYBODY
from shared.web.operations import File, Service, operation


class Part(Struct, frozen=True, kw_only=True):
    """Lines of a text that belong together: a paragraph or a list."""

    kind: str
    lines: list[str]


class Row(Struct, frozen=True, kw_only=True):
    """A bar of a figure, and in words of the book's language what it says."""

    label: str
    value: float
    low: float | None
    high: float | None
    spoken_value: str
    spoken_interval: str


class Piece(Struct, frozen=True, kw_only=True):
    """A passage laid out for a page; which of the last fields it has depends on its kind."""

    id: UUID
    revision: int
    kind: str
    label: str
    language: str
    level: int
    derived_from: list[UUID]
    flow: list[Part]
    title: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    attribution: str | UnsetType = UNSET
    first_step: str | UnsetType = UNSET
    about: str | UnsetType = UNSET
    questions: list[str] | UnsetType = UNSET
    image: UUID | None | UnsetType = UNSET
    alt: str | UnsetType = UNSET
    caption: str | UnsetType = UNSET
    rows: list[Row] | UnsetType = UNSET


class Chapter(Struct, frozen=True, kw_only=True):
    opening: Piece
    theme_id: UUID | None
    passages: list[Piece]

    @property
    def title(self) -> str:
        return self.opening.title or ""

    @property
    def pieces(self) -> list[Piece]:
        return [self.opening, *self.passages]


class Book(Struct, frozen=True, kw_only=True):
    """The workbook laid out for a page; `number` is that of the edition, none of a draft."""

    title: str
    subtitle: str
    publisher: str
    language: str
    number: int | None
    chapters: list[Chapter]


class BookRead(Book, frozen=True, kw_only=True):
    """An edition: how far each of its sheets is, and on which printed page each passage stands."""

    edition_id: UUID
    frozen_at: datetime
    sheets: dict[str, str]
    standing: dict[UUID, int]


class Summary(Struct, frozen=True, kw_only=True):
    """The launched workbook in a line."""

    title: str
    number: int
    language: str
    words: int
    chapters: int
    cards: int


class Pieces(Struct, frozen=True, kw_only=True):
    """The principles and idea cards of an edition."""

    edition_id: UUID
    number: int
    pieces: list[Piece]


class Place(Struct, frozen=True, kw_only=True):
    """A passage in the newest edition that was launched with it: its chapter, and its page once it is printed."""

    passage: Piece
    chapter: str
    number: int
    page: int | None
    is_current: bool


class Reading(Service, name="publishing"):
    """Asked by the portal for everybody who reads, and for teams that take principles and idea cards over."""

    @operation("GET", "/runs/<uuid:run_id>/reading", *EVERYBODY)
    def read(self, run_id: UUID, edition: Annotated[int, Meta(ge=1)] | None = None) -> BookRead:
        """The launched workbook, laid out for a page; or one edition by its number.

        Staff see every edition, readers those that were launched once: links to passages never die.
        """

    @operation("GET", "/runs/<uuid:run_id>/reading/summary", *EVERYBODY)
    def summary(self, run_id: UUID) -> Summary:
        """The launched workbook in a line, for the page that says what one can do now."""

    @operation("GET", "/runs/<uuid:run_id>/reading/pieces", *EVERYBODY)
    def pieces(self, run_id: UUID) -> Pieces:
        """The principles that teams inherit and the idea cards that they may deal, of the launched edition."""

    @operation("GET", "/runs/<uuid:run_id>/reading/passages/<uuid:passage_id>", *EVERYBODY)
    def where(self, run_id: UUID, passage_id: UUID) -> Place:
        """The passage in the newest edition that was ever launched with it, so that links never die."""

    @operation(
        "GET",
        "/runs/<uuid:run_id>/reading/<string:sheet>.pdf",
        *EVERYBODY,
        tells_address=True,
        file="application/pdf",
    )
    def on_paper(self, run_id: UUID, sheet: str) -> File:
        """The launched workbook, or its idea cards, as a PDF."""
