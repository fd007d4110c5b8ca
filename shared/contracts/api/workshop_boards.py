"""The operations of workshop at a board, besides the acts on it (workshop.py): look at it, be ready, ask for help, follow it, read the minutes."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from shared.contracts.api.workshop_outcomes import Outcome
from shared.contracts.api.workshop_sessions import PEOPLE, READING, Session
from shared.web.operations import Service, operation


class Readiness(Struct, frozen=True, kw_only=True):
    ready: bool


class HelpWanted(Struct, frozen=True, kw_only=True):
    asks: bool


class Step(Struct, frozen=True, kw_only=True):
    key: str
    number: int
    way: str
    minutes: int
    is_silent: bool
    shows_all_groups: bool
    allows: list[str]


class GroupAtAGlance(Struct, frozen=True, kw_only=True):
    number: int
    board_id: UUID | None
    people: int
    here: int
    ready: int
    asks_for_help: bool
    cards: int
    changed_at: datetime | None


class GoingOn(Struct, frozen=True, kw_only=True):
    """The state that all at a session share: the step, the timer on server time, the last word to all."""

    version: int
    workshop_id: UUID
    round: int
    state: str
    step: Step
    steps: list[Step]
    visit: int
    timer_ends_at: datetime | None
    now: datetime
    broadcast: str
    broadcast_at: datetime | None


class Followed(GoingOn, frozen=True, kw_only=True):
    """The content of a live stream, without words: of a board its counter and group, of a session all groups."""

    counter: int | UnsetType = UNSET
    group: GroupAtAGlance | UnsetType = UNSET
    groups: list[GroupAtAGlance] | UnsetType = UNSET


class JoinedCard(Struct, frozen=True, kw_only=True):
    id: UUID
    text: str
    language: str


class Card(Struct, frozen=True, kw_only=True):
    """A card as one person sees it; `my_judgement` is her effect and effort."""

    id: UUID
    text: str
    language: str
    views: list[UUID]
    marks: int
    joined: list[JoinedCard]
    judged: int
    effect: float | None
    effort: float | None
    is_mine: bool
    is_marked: bool
    my_judgement: list[int] | None


class Column(Struct, frozen=True, kw_only=True):
    key: str
    cards: list[Card]


class QuestionAtABoard(Struct, frozen=True, kw_only=True):
    id: UUID
    wording: dict[str, str]
    views: list[UUID]


class OtherBoard(Struct, frozen=True, kw_only=True):
    group: int
    board_id: UUID


class Member(Struct, frozen=True, kw_only=True):
    is_member: bool
    is_ready: bool
    marks_left: int
    marks_each: int


class Board(GoingOn, frozen=True, kw_only=True):
    """A board as one person sees it; `hidden` cards are others' while everybody writes alone, `mine` is None for staff."""

    counter: int
    group: GroupAtAGlance
    id: UUID
    columns: list[Column]
    hidden: int
    question: QuestionAtABoard
    outcomes: list[Outcome]
    brought: list[Outcome]
    outcome_kinds: list[str]
    title: str
    link: str
    others: list[OtherBoard]
    mine: Member | None


class Happened(Struct, frozen=True, kw_only=True):
    number: int
    kind: str
    card: UUID


class BoardOnPaper(Struct, frozen=True, kw_only=True):
    group: int
    people: int
    question: QuestionAtABoard
    columns: list[Column]
    outcomes: list[Outcome]
    brought: list[Outcome]


class Minutes(Session, frozen=True, kw_only=True):
    started_at: datetime | None
    ended_at: datetime | None
    attended: int
    boards: list[BoardOnPaper]


class AtTheBoard(Service, name="workshop"):
    """Asked by the portal for those at a board, and for whoever reads it."""

    @operation("GET", "/boards/<uuid:board_id>", *PEOPLE, *READING)
    def board(self, board_id: UUID) -> Board:
        """A board as the caller may see it; looking is a sign of life."""

    @operation("GET", "/boards/<uuid:board_id>/operations", *PEOPLE, *READING)
    def log(self, board_id: UUID, after: int = 0) -> list[Happened]:
        """Returns what has happened on a board after an operation's number, by kind and card."""

    @operation("PUT", "/boards/<uuid:board_id>/ready", *PEOPLE)
    def be_ready(self, board_id: UUID, readiness: Readiness) -> None:
        """Tell the facilitator: I am ready for the next step."""

    @operation("PUT", "/boards/<uuid:board_id>/help", *PEOPLE)
    def ask_for_help(self, board_id: UUID, wanted: HelpWanted) -> None:
        """Ask the facilitator to come to the group."""

    @operation("GET", "/workshops/<uuid:workshop_id>/minutes", *PEOPLE, *READING)
    def minutes(self, workshop_id: UUID) -> Minutes:
        """Returns what the boards and outcomes say: to staff at any time, to those who were there when it is over."""

    @operation("GET", "/live/<uuid:about>", "service")
    def snapshot(self, about: UUID) -> Followed:
        """Returns what everybody who follows this board or session shares, with a version that grows."""

    @operation("GET", "/live/<uuid:about>/access", *PEOPLE, *READING)
    def access(self, about: UUID) -> None:
        """Whether the caller may follow it."""
