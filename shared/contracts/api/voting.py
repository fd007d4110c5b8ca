"""The operations of voting for its readers: the cards, the answers, how far one is."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.web.operations import Service, operation

MOST_OWN_VIEWS, MOST_ANSWERS = 2000, 100
Word = Literal["agree", "pass", "disagree"]
State = Literal["coming", "open", "ended", "counted", "released"]
Grouping = Literal["unit", "site"]


class AnswerGiven(Struct, frozen=True, kw_only=True):
    """A reader's answer to a view. Heart null: as it was."""

    answer: Word
    heart: bool | None = None


class AnswerToView(Struct, frozen=True, kw_only=True):
    view_id: UUID
    answer: Word
    heart: bool | None = None


class Answers(Struct, frozen=True, kw_only=True):
    answers: Annotated[list[AnswerToView], Meta(min_length=1, max_length=MOST_ANSWERS)]


class Wish(Struct, frozen=True, kw_only=True):
    """The batch after batch number `after`, of these themes (of all, where none is named) and in these languages (as before, where none
    are named). One's own views are named, and stored nowhere."""

    after: Annotated[int, Meta(ge=0)]
    themes: Annotated[list[UUID], Meta(max_length=100)] = []
    own_views: Annotated[list[UUID], Meta(max_length=MOST_OWN_VIEWS)] = []
    languages: list[Annotated[str, Meta(min_length=2, max_length=3)]] | None = None


class Progress(Struct, frozen=True, kw_only=True):
    """How far the reader is."""

    state: State
    closes_at: datetime | None
    goal: int
    answered: int
    with_hearts: bool
    hearts_given: int
    hearts_left: int
    batches: int


class Card(Struct, frozen=True, kw_only=True):
    view_id: UUID
    theme_id: UUID
    answer: Word | None
    heart: bool
    batch: int


class Hearted(Struct, frozen=True, kw_only=True):
    cards: list[Card]


class ThemeRead(Struct, frozen=True, kw_only=True):
    """How many views a theme has, and how many of them the reader has been dealt."""

    theme_id: UUID
    views: int
    dealt: int


class Deck(Progress, frozen=True, kw_only=True):
    """One batch of cards before the reader, 0 when nothing has been dealt or nothing is left."""

    batch: int
    cards: list[Card]
    themes: list[ThemeRead]
    languages: list[str]
    reads: list[str] | None


class Voting(Service, name="voting"):
    """Asked by the portal for everybody who reads."""

    @operation("GET", "/runs/<uuid:run_id>/progress", "participant")
    def progress(self, run_id: UUID) -> Progress:
        """How far I am: answered, hearts, and until when reading is open."""

    @operation("GET", "/runs/<uuid:run_id>/deck", "participant")
    def deck(self, run_id: UUID, batch: Annotated[int, Meta(ge=1)] | None = None) -> Deck:
        """The cards that lie before me: the latest batch, or an earlier one."""

    @operation("POST", "/runs/<uuid:run_id>/deck", "participant")
    def deal(self, run_id: UUID, wish: Wish) -> Deck:
        """Deal me the batch after the one I have; the same request again deals nothing more."""

    @operation("GET", "/runs/<uuid:run_id>/hearted", "participant")
    def hearted(self, run_id: UUID) -> Hearted:
        """The views that I gave a heart."""

    @operation("POST", "/runs/<uuid:run_id>/answers", "participant")
    def answer(self, run_id: UUID, given: Answers) -> Progress:
        """Answer several cards at once: all of them, or none when one is refused."""

    @operation("PUT", "/runs/<uuid:run_id>/answers/<uuid:view_id>", "participant")
    def answer_one(self, run_id: UUID, view_id: UUID, given: AnswerGiven) -> Progress:
        """Answer one card, or answer it anew."""

    @operation("DELETE", "/runs/<uuid:run_id>/answers/<uuid:view_id>", "participant", status=200)
    def take_back(self, run_id: UUID, view_id: UUID) -> Progress:
        """Take an answer back, and its heart with it."""
