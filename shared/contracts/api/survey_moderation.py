"""The operations of survey for its staff: the moderators' queue, the views that are not shown, the wording of the themes."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.contracts.api.survey import Ground, Language, SharedView, State, Status
from shared.web.fields import Filled, Line
from shared.web.operations import USUAL_PAGE, PageSize, Read, Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF

MOST_DECISIONS = 50


class WordsOfTheme(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Read(Line, Filled(80))]
    question: Annotated[str, Read(None, Filled(300))]
    hint: Annotated[str, Meta(max_length=500)] = ""


class ThemeRewording(Struct, frozen=True, kw_only=True):
    """A theme's words by language. `was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    words: Annotated[dict[Language, WordsOfTheme], Meta(min_length=1)]
    was: dict[str, Any] | None = None


class ThemeWorded(Struct, frozen=True, kw_only=True):
    """A theme in all its languages."""

    id: UUID
    position: int
    key: str
    words: dict[str, WordsOfTheme]


class ThemeToEdit(ThemeWorded, frozen=True, kw_only=True):
    views: int


class Themes(Struct, frozen=True, kw_only=True):
    """`statuses`: how many views there are of each."""

    state: State
    languages: list[str]
    themes: list[ThemeToEdit]
    statuses: dict[str, int]


class HowMany(Struct, frozen=True, kw_only=True):
    how_many: Annotated[int, Meta(ge=1, le=50)] = 10


class HeldView(Struct, frozen=True, kw_only=True):
    """A view as a moderator sees it: words and theme, nothing about its author. `earlier_text` stands while a new wording waits."""

    id: UUID
    theme_id: UUID
    text: str
    earlier_text: str | None
    language: str
    status: Status
    wording: str


class Queue(Struct, frozen=True, kw_only=True):
    """How many views wait, how many of them somebody holds, and those that the caller holds."""

    waiting: int
    held: int
    mine: list[HeldView]


class OneDecision(Struct, frozen=True, kw_only=True):
    """`wording`: the fingerprint of the words that were read."""

    view_id: UUID
    decision: Literal["accept", "reject"]
    wording: Annotated[str, Meta(max_length=64)]
    ground: Ground | None = None
    reason: Annotated[str, Meta(max_length=500)] | None = None


class Decisions(Struct, frozen=True, kw_only=True):
    decisions: Annotated[list[OneDecision], Meta(min_length=1, max_length=MOST_DECISIONS)]


class Decided(Struct, frozen=True, kw_only=True):
    """`missed` are those that are not the caller's any more."""

    decided: int
    missed: list[UUID]


class RejectedView(SharedView, frozen=True, kw_only=True):
    ground: str | None
    reason: str | None


class RejectedViews(Struct, frozen=True, kw_only=True):
    items: list[RejectedView]
    next: str | None


class Moderation(Service, name="survey"):
    """Asked by the portal for the staff at their desk."""

    @operation("GET", "/runs/<uuid:run_id>/queue", *STAFF)
    def queue(self, run_id: UUID) -> Queue:
        """How many views wait, and those that I hold."""

    @operation("POST", "/runs/<uuid:run_id>/claims", *STAFF)
    def take_some(self, run_id: UUID, wanted: HowMany) -> Queue:
        """Take the next views: they are mine until I decide, put them back, or leave them for half an hour."""

    @operation("DELETE", "/runs/<uuid:run_id>/claims", *STAFF)
    def put_back(self, run_id: UUID) -> None:
        """Put back what I hold."""

    @operation("POST", "/runs/<uuid:run_id>/decisions", *STAFF)
    def decide(self, run_id: UUID, made: Decisions) -> Decided:
        """Decide on views that I hold; `missed` are those that are not mine any more."""

    @operation("GET", "/runs/<uuid:run_id>/rejected", *STAFF)
    def rejected(self, run_id: UUID, after: str | None = None, limit: PageSize = USUAL_PAGE) -> RejectedViews:
        """The views that are not shown, each with its reason."""

    @operation("POST", "/views/<uuid:view_id>/reconsideration", *STAFF)
    def reconsider(self, view_id: UUID) -> None:
        """Put a rejected view back into the queue."""

    @operation("GET", "/runs/<uuid:run_id>/themes", *STAFF, *CLIENT_SIDE)
    def themes(self, run_id: UUID) -> Themes:
        """The themes in all languages, with their counts."""

    @operation("PUT", "/themes/<uuid:theme_id>", *STAFF, "coordinator")
    def word_theme(self, theme_id: UUID, wording: ThemeRewording) -> ThemeWorded:
        """Word a theme, until people have begun to answer it."""
