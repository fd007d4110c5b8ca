"""The operations of publishing for those who write the workbook: passages, sources, quotes, review and approval, and the draft."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from marshmallow.validate import OneOf
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.api.publishing import DECIDERS, LAUNCHERS, READERS, WRITERS, Edition, Launch
from shared.contracts.api.publishing_reading import Book
from shared.web.fields import Filled, Line
from shared.web.operations import File, Language, PageSize, Read, Service, operation

Title = Annotated[str, Read(Line, Filled(200))]
Subtitle = Annotated[str, Read(Line), Meta(max_length=300)]
Publisher = Annotated[str, Read(Line), Meta(max_length=200)]
Written = Annotated[int, Meta(ge=1)]
"""The number of a revision, or of a version."""
SourceIds = Annotated[list[UUID], Meta(max_length=200)]
Block = dict[str, Any]
"""What is read, by the fields of its kind (services/publishing/content.py)."""


# what is sent


class ChapterToOpen(Struct, frozen=True, kw_only=True):
    title: Title
    theme_id: UUID | None = None


class WorkbookToBegin(Struct, frozen=True, kw_only=True):
    title: Title
    language: Language
    subtitle: Subtitle = ""
    publisher: Publisher = ""
    chapters: Annotated[list[ChapterToOpen], Meta(max_length=40)] = []


class WorkbookToRename(Struct, frozen=True, kw_only=True):
    """Changes to the workbook; a field that is left out stays as it is. `was`: the workbook as the page showed it (shared/web/edit_conflicts.py)."""

    title: Title | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    subtitle: Subtitle | UnsetType = UNSET
    publisher: Publisher | UnsetType = UNSET
    was: dict[str, Any] | None = None


class PassageToAdd(Struct, frozen=True, kw_only=True):
    """A passage after another one, or at the end of its chapter."""

    chapter_id: UUID
    block: Block
    derived_from: SourceIds = []
    after: UUID | None = None


class PassageToSave(Struct, frozen=True, kw_only=True):
    """A wording, and the revision that it was written over; its sources stay where none are sent."""

    base_revision: Written
    block: Block
    derived_from: SourceIds | None = None


class Move(Struct, frozen=True, kw_only=True):
    direction: Annotated[str, Read(None, OneOf(("up", "down")))]


class Restoration(Struct, frozen=True, kw_only=True):
    revision: int


class ApprovalToGive(Struct, frozen=True, kw_only=True):
    version: Written


class ClearingToGive(Struct, frozen=True, kw_only=True):
    """A decision on one of the two questions about the wording that was read."""

    revision: Written
    question: Literal["identifiability", "wording"]
    decision: Annotated[str, Read(None, OneOf(("cleared", "refused")))]
    note: Annotated[str, Meta(max_length=500)] = ""


# what is answered


class Clearing(Struct, frozen=True, kw_only=True):
    """A decision on a wording; by nobody where the author of the view has withdrawn it."""

    question: str
    decision: str
    revision: int
    note: str
    by: UUID | None
    at: datetime | None


class Revision(Struct, frozen=True, kw_only=True):
    """A wording that a passage has, or had; one that is aside lost a race."""

    number: int
    base: int
    block: Block
    derived_from: list[UUID]
    by: UUID
    at: datetime | None
    is_aside: bool


class Passage(Struct, frozen=True, kw_only=True):
    """A passage as it stands; a chapter's opening has no chapter. `lacks`: sentences about what is not finished."""

    id: UUID
    run_id: UUID
    chapter_id: UUID | None
    theme_id: UUID | None
    kind: str
    revision: int
    block: Block
    derived_from: list[UUID]
    is_removed: bool
    is_quoted: bool
    is_cleared: bool
    identifiability: str | None
    wording: str | None
    lacks: list[str]


class PassageHistory(Passage, frozen=True, kw_only=True):
    """With every wording it had, and every decision on its quote."""

    revisions: list[Revision]
    clearings: list[Clearing]


class Signature(Struct, frozen=True, kw_only=True):
    """Somebody asked for a review of a version, or approved it for a side."""

    by: UUID
    at: datetime | None
    version: int
    side: str | UnsetType = UNSET


class Lack(Struct, frozen=True, kw_only=True):
    """A thing that keeps the workbook from readers, in a passage or on the cover."""

    passage_id: UUID | None
    sentence: str


class Workbook(Struct, frozen=True, kw_only=True):
    """The workbook as it stands: draft, in_review or approved, and what it still lacks."""

    id: UUID
    run_id: UUID
    title: str
    subtitle: str
    publisher: str
    language: str
    version: int
    stage: str
    is_in_review: bool
    passages: list[Passage]
    approvals: list[Signature]
    reviews: list[Signature]
    editions: list[Edition]
    launches: list[Launch]
    lacks: list[Lack]
    uncleared: list[UUID]


class Source(Struct, frozen=True, kw_only=True):
    """An outcome, or a view with its place in the ranking; the words stay with the service where they were said."""

    id: UUID
    kind: str
    theme_id: UUID
    place: int | None
    readings: int | None
    round: int | None
    question_id: UUID | None
    outcome_kind: str | None
    is_withdrawn: bool


class Writing(Service, name="publishing"):
    """Asked by the portal for those who write the workbook, clear quotes and approve it."""

    # the workbook

    @operation("GET", "/runs/<uuid:run_id>/workbook", *READERS)
    def workbook(self, run_id: UUID) -> Workbook:
        """The workbook as it stands, with what it still lacks."""

    @operation("POST", "/runs/<uuid:run_id>/workbook", *WRITERS, status=201)
    def begin(self, run_id: UUID, begun: WorkbookToBegin) -> Workbook:
        """Begin the workbook, with a chapter for each theme and an introduction."""

    @operation("PATCH", "/runs/<uuid:run_id>/workbook", *WRITERS)
    def rename(self, run_id: UUID, facts: WorkbookToRename) -> Workbook:
        """Change title, subtitle, publisher or language."""

    @operation("POST", "/runs/<uuid:run_id>/chapters", *WRITERS, status=201)
    def open_chapter(self, run_id: UUID, chapter: ChapterToOpen) -> Passage:
        """Open a chapter at the end of the workbook."""

    @operation("POST", "/runs/<uuid:run_id>/reviews", *WRITERS, status=201)
    def ask_for_review(self, run_id: UUID) -> Workbook:
        """Ask both sides to read the workbook as it stands."""

    @operation("POST", "/runs/<uuid:run_id>/approvals", *LAUNCHERS, status=201)
    def approve(self, run_id: UUID, read: ApprovalToGive) -> Workbook:
        """Stand behind the version of the workbook that one has read, for one's own side."""

    # passages

    @operation("POST", "/runs/<uuid:run_id>/passages", *WRITERS, status=201)
    def add_passage(self, run_id: UUID, new: PassageToAdd) -> Passage:
        """Add a passage to a chapter, with the sources that it is written from."""

    @operation("GET", "/passages/<uuid:passage_id>", *READERS)
    def passage(self, passage_id: UUID) -> PassageHistory:
        """A passage with every wording it had and every decision on its quote."""

    @operation("PUT", "/passages/<uuid:passage_id>", *WRITERS)
    def save_passage(self, passage_id: UUID, saved: PassageToSave) -> Passage:
        """Save a wording written over `base_revision`; 409 with both wordings when another writer was faster."""

    @operation("DELETE", "/passages/<uuid:passage_id>", *WRITERS)
    def remove_passage(self, passage_id: UUID) -> Passage:
        """Take a passage out of the workbook; its wordings stay in the history."""

    @operation("POST", "/passages/<uuid:passage_id>/moves", *WRITERS)
    def move_passage(self, passage_id: UUID, move: Move) -> Passage:
        """Move a passage, or a whole chapter, one place up or down."""

    @operation("POST", "/passages/<uuid:passage_id>/restorations", *WRITERS)
    def restore_passage(self, passage_id: UUID, restoration: Restoration) -> Passage:
        """Bring an earlier wording back, also of a removed passage."""

    @operation("POST", "/passages/<uuid:passage_id>/clearings", *DECIDERS, status=201)
    def clear(self, passage_id: UUID, clearing: ClearingToGive) -> PassageHistory:
        """Decide whether a colleague's words may be published: can anybody be recognised, is the wording right."""

    # sources

    @operation("GET", "/runs/<uuid:run_id>/sources", *READERS)
    def sources(
        self,
        run_id: UUID,
        theme_id: UUID | None = None,
        kind: Annotated[str, Read(None, OneOf(("outcome", "view")))] | None = None,
        limit: PageSize = 50,
    ) -> list[Source]:
        """Returns the sources to write from: signed-off outcomes, then views, best first."""

    @operation("GET", "/sources/<uuid:source_id>", *READERS)
    def source(self, source_id: UUID) -> Source:
        """Returns what is known of one outcome or view; the words stay with the service where they were said."""

    # the draft

    @operation("GET", "/runs/<uuid:run_id>/workbook/reading", *READERS)
    def read_draft(self, run_id: UUID) -> Book:
        """The draft laid out for a page, for those who approve it."""

    @operation("GET", "/runs/<uuid:run_id>/workbook/proof.png", *READERS, file="image/png")
    def proof(
        self, run_id: UUID, chapter: UUID | None = None, page: Annotated[int, Meta(ge=1, le=400)] = 1
    ) -> File:
        """One page of the draft as it will be printed; X-Pages says how many there are."""

    @operation(
        "GET",
        "/runs/<uuid:run_id>/workbook/draft.pdf",
        *READERS,
        tells_address=True,
        file="application/pdf",
    )
    def draft(self, run_id: UUID) -> File:
        """The whole draft as a PDF, also while it still lacks things."""
