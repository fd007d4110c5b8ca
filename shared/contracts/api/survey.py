"""The operations of survey: giving views, following one's own, reading others'."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from marshmallow import validate
from msgspec import Meta, Struct

from shared.web.fields import Secret
from shared.web.operations import USUAL_PAGE, PageSize, Read, Service, operation
from shared.web.roles import CLIENT_SIDE, READER, STAFF

LONGEST_VIEW = 2000
"""Characters; about two minutes of reading."""
MOST_IDS, MOST_RECEIPTS = 1000, 200
SHORTEST_RECEIPT, LONGEST_RECEIPT = 32, 128
EVERYBODY = ("participant", "supervisor", "designer", *CLIENT_SIDE, *STAFF)

a_language = validate.Regexp(
    r"^[a-z]{2,3}$", error="A language is two or three small letters, for example fi."
)
Language = Annotated[str, Read(None, a_language)]
# Far above what a view may be: a long text is refused by its own sentence, a flood by the schema
Text = Annotated[str, Meta(max_length=20 * LONGEST_VIEW)]
Receipt = Annotated[str, Read(Secret), Meta(min_length=SHORTEST_RECEIPT, max_length=LONGEST_RECEIPT)]
Receipts = Annotated[list[Receipt], Meta(max_length=MOST_RECEIPTS)]
State = Literal["planned", "open", "ended"]
Status = Literal["waiting", "shared", "rejected", "withdrawn"]
Ground = Literal["person", "insult", "secret", "off_topic", "other"]
"""Why a view may be rejected; the portal puts these into sentences, the rules that everybody can read list the same."""


class Words(Struct, frozen=True, kw_only=True):
    """A text as it was typed, and its language."""

    text: Text
    language: Language


class Giving(Words, frozen=True, kw_only=True):
    """A new view; with the receipt that the author's browser has made, the same form sent twice is one view."""

    receipt: Receipt | None = None


class HeldReceipts(Struct, frozen=True, kw_only=True):
    """The receipts that the author's browser holds; which of them belongs to which view, only the survey can tell."""

    receipts: Receipts = []


class Revision(Words, frozen=True, kw_only=True):
    receipts: Receipts = []


class WordsKept(Struct, frozen=True, kw_only=True):
    text: str
    language: str


class OwnView(Struct, frozen=True, kw_only=True):
    """A view as its author sees it, wherever its words are; none once it was taken back."""

    id: UUID
    run_id: UUID
    theme_id: UUID
    text: str | None
    language: str
    status: Status
    new_wording_waits: bool = False
    waits_for_others: bool = False
    ground: str | None = None
    reason: str | None = None


class TakenBack(OwnView, frozen=True, kw_only=True):
    """`words`: its last ones, told this once."""

    words: WordsKept | None


class Given(Struct, frozen=True, kw_only=True):
    """`receipt` is told this once."""

    view: OwnView
    receipt: str


class OwnViews(Struct, frozen=True, kw_only=True):
    """`not_yet` counts receipts that lead to no view, or to one that has not left its author's row."""

    views: list[OwnView]
    not_yet: int


class SharedView(Struct, frozen=True, kw_only=True):
    id: UUID
    theme_id: UUID
    text: str
    language: str


class SharedViews(Struct, frozen=True, kw_only=True):
    """A page of them; `next`: where the next one begins."""

    items: list[SharedView]
    next: str | None


class Another(Struct, frozen=True, kw_only=True):
    view: SharedView | None


class Ids(Struct, frozen=True, kw_only=True):
    ids: Annotated[list[UUID], Meta(max_length=MOST_IDS)]


class TextOfView(Struct, frozen=True, kw_only=True):
    text: str
    language: str
    theme_id: UUID
    status: Status


class Texts(Struct, frozen=True, kw_only=True):
    """By the views' ids, without those that may not be seen."""

    texts: dict[UUID, TextOfView]


class ThemeInWords(Struct, frozen=True, kw_only=True):
    """A theme in one language, and whether the caller may read its views."""

    id: UUID
    position: int
    name: str
    question: str
    may_read: bool


class ThemeToAnswer(ThemeInWords, frozen=True, kw_only=True):
    """With the caller's own progress."""

    key: str
    hint: str
    views: int
    mine: int
    draft: WordsKept | None


class CollectingNow(Struct, frozen=True, kw_only=True):
    """Everything a page of giving views needs. `handful`: of how many authors views leave together; `seeds`: questions that the kickoff
    left open."""

    state: State
    closes_at: datetime | None
    moderated_first: bool
    read_first: bool
    languages: list[str]
    handful: int
    longest: int
    seeds: list[UUID]
    themes: list[ThemeToAnswer]


class Survey(Service, name="survey"):
    """Asked by the portal for those who write and read."""

    @operation("GET", "/runs/<uuid:run_id>/collecting", "participant")
    def collecting(self, run_id: UUID, language: Language | None = None) -> CollectingNow:
        """The themes in my language, my progress and drafts, and whether views are taken now."""

    @operation("GET", "/runs/<uuid:run_id>/themes-in-words", "participant")
    def themes_in_words(self, run_id: UUID, language: Language | None = None) -> list[ThemeInWords]:
        """The themes in my language, in their order, and which of them I may read."""

    @operation("POST", "/themes/<uuid:theme_id>/views", "participant", status=201)
    def give(self, theme_id: UUID, giving: Giving) -> Given:
        """Give a view, and get the receipt with which only I can follow it."""

    @operation("GET", "/themes/<uuid:theme_id>/views", *EVERYBODY)
    def views(self, theme_id: UUID, after: str | None = None, limit: PageSize = USUAL_PAGE) -> SharedViews:
        """Colleagues' views, in an order that is always the same and never that of time."""

    @operation("GET", "/themes/<uuid:theme_id>/another-view", "participant")
    def another_view(self, theme_id: UUID, language: Language | None = None) -> Another:
        """One colleague's view on the theme on which I have just given mine."""

    @operation("PUT", "/themes/<uuid:theme_id>/draft", "participant")
    def keep_draft(self, theme_id: UUID, words: Words) -> None:
        """Keep what I have typed so far, to go on with it on any device."""

    @operation("POST", "/runs/<uuid:run_id>/own-views", "participant", READER)
    def own_views(self, run_id: UUID, held: HeldReceipts) -> OwnViews:
        """My views: those of my pseudonym in this run, and those whose receipts I hold."""

    @operation("POST", "/receipts", "participant", READER, "service")
    def receipted_views(self, held: HeldReceipts) -> OwnViews:
        """The views whose receipts are held, whoever asks: nothing else tells whose they are."""

    @operation("PATCH", "/views/<uuid:view_id>", "participant", READER, "service")
    def revise(self, view_id: UUID, revision: Revision) -> OwnView:
        """Put my view in other words."""

    @operation("POST", "/views/<uuid:view_id>/withdrawal", "participant", READER, "service")
    def withdraw(self, view_id: UUID, held: HeldReceipts) -> TakenBack:
        """Take my view back, at any time. Its last words are answered this once: nobody keeps them."""

    @operation("POST", "/runs/<uuid:run_id>/texts", *EVERYBODY, READER, "service")
    def texts(self, run_id: UUID, wanted: Ids) -> Texts:
        """The words of these views; staff of the consultancy also see those that were rejected."""
