"""The operations of townhall: an all-staff event as everybody has it before them, its questions and polls, and the host's desk."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import marshmallow as ma
from marshmallow.validate import Length
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.web.fields import Filled, Line
from shared.web.operations import Language, Read, Service, operation
from shared.web.roles import CLIENT_SIDE, READER, STAFF
from shared.web.shapes import ShapeSchema

PEOPLE = ("participant",)
HOSTS = ("lead", "facilitator", *CLIENT_SIDE)
ANYBODY = (*PEOPLE, "supervisor", "designer", *CLIENT_SIDE, *STAFF)
LONGEST_WORD, MOST_WORDS, MOST_OPTIONS = 30, 3, 10
Address = Annotated[str, Meta(max_length=2000)]
Sentences = Annotated[dict[Language, Annotated[str, Read(None, Filled(200))]], Read(None, Length(min=1))]
"""By language, in at least one."""
Choice = Annotated[dict[Language, Annotated[str, Read(None, Filled(120))]], Read(None, Length(min=1))]
A_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Ids = Annotated[str, Meta(pattern=rf"^{A_UUID}(?:,{A_UUID}){{0,199}}\Z")]
"""a,b,c"""


# what is sent


class TitleWritten(Struct, frozen=True, kw_only=True):
    title: Annotated[str, Read(Line, Filled(200))]
    description: Annotated[str, Meta(max_length=5000)] = ""


class CategoryWritten(Struct, frozen=True, kw_only=True):
    key: Annotated[str, Read(Line, Filled(40))]
    words: Annotated[dict[Language, Annotated[str, Read(None, Filled(60))]], Read(None, Length(min=1))]


class Description(Struct, frozen=True, kw_only=True):
    """The host's description of an event; a field that is left out stays as it is. `was`, here and below: what the page of the edit
    showed (shared/web/edit_conflicts.py)."""

    words: dict[Language, TitleWritten] | UnsetType = UNSET
    script: Annotated[str, Meta(max_length=20_000)] | UnsetType = UNSET
    stream_url: Address | None | UnsetType = UNSET
    recording_url: Address | None | UnsetType = UNSET
    transcript_url: Address | None | UnsetType = UNSET
    asking: Literal["anonymous", "pseudonymous"] | UnsetType = UNSET
    moderation: Literal["before", "after"] | UnsetType = UNSET
    categories: Annotated[list[CategoryWritten], Meta(max_length=12)] | UnsetType = UNSET
    was: dict[str, Any] | None = None


class Time(Struct, frozen=True, kw_only=True):
    starts_at: datetime
    ends_at: datetime
    was: dict[str, Any] | None = None


class APollIsNamed(ShapeSchema):
    """Reads what goes on stage, and refuses a poll without a name or a name without a poll."""

    @ma.validates_schema
    def a_poll_is_named(self, stage: dict[str, Any], **_: Any) -> None:
        if (stage["kind"] == "poll") != (stage["poll_id"] is not None):
            raise ma.ValidationError("Say which poll, and only for a poll.", "poll_id")


class Stage(Struct, frozen=True, kw_only=True):
    checks: ClassVar[type[ShapeSchema]] = APollIsNamed

    kind: Literal["pause", "questions", "poll"]
    poll_id: UUID | None = None


class QuestionAsked(Struct, frozen=True, kw_only=True):
    words: Annotated[str, Read(None, Filled(500), Length(min=3))]
    language: Language
    category: str | None = None


class Reply(Struct, frozen=True, kw_only=True):
    reply: Annotated[str, Meta(max_length=5000)] = ""
    was: dict[str, Any] | None = None


class Ticked(Struct, frozen=True, kw_only=True):
    questions: Annotated[list[UUID], Meta(max_length=500)]


class HasWhatItsKindNeeds(ShapeSchema):
    """Reads a poll, and refuses a choice of one thing and a scale with one end."""

    @ma.validates_schema
    def has_what_its_kind_needs(self, poll: dict[str, Any], **_: Any) -> None:
        if poll["kind"] == "choice" and len(poll["options"]) < 2:
            raise ma.ValidationError("Give at least two choices.", "options")
        if poll["kind"] == "scale" and len(poll["options"]) not in (0, 2):
            raise ma.ValidationError("Name both ends of the scale, or none.", "options")


class PollPrepared(Struct, frozen=True, kw_only=True):
    """A poll being prepared: choices for one choice, two ends for a scale, none for words."""

    checks: ClassVar[type[ShapeSchema]] = HasWhatItsKindNeeds

    kind: Literal["choice", "scale", "words"]
    words: Sentences
    options: Annotated[list[Choice], Meta(max_length=MOST_OPTIONS)] = []
    steps: Annotated[int, Meta(ge=2, le=10)] = 5
    position: Annotated[int, Meta(ge=0, le=1000)] = 0


class Word(Struct, frozen=True, kw_only=True):
    word: Annotated[str, Read(Line, Filled(LONGEST_WORD))]


class AnswerGiven(Struct, frozen=True, kw_only=True):
    value: int | None = None
    words: (
        Annotated[list[Annotated[str, Meta(max_length=LONGEST_WORD)]], Meta(max_length=MOST_WORDS)] | None
    ) = None


# what is answered


class Title(Struct, frozen=True, kw_only=True):
    title: str
    description: str = ""


class Category(Struct, frozen=True, kw_only=True):
    key: str
    words: dict[str, str]


class Hall(Struct, frozen=True, kw_only=True):
    """An event in a list."""

    id: UUID
    run_id: UUID
    purpose: str
    state: str
    code: str
    words: dict[str, Title]
    starts_at: datetime | None
    ends_at: datetime | None


class Question(Struct, frozen=True, kw_only=True):
    id: UUID
    words: str
    language: str
    category: str | None
    state: str
    reply: str
    upvotes: int
    is_carried_forward: bool


class Bar(Struct, frozen=True, kw_only=True):
    value: int
    count: int


class CountedWord(Struct, frozen=True, kw_only=True):
    word: str
    count: int


class Poll(Struct, frozen=True, kw_only=True):
    """A poll on a screen; bars or cloud only where they may be seen; `withheld` below five answers."""

    id: UUID
    kind: str
    words: dict[str, str]
    options: list[dict[str, str]]
    steps: int
    position: int
    state: str
    is_revealed: bool
    answers: int
    withheld: bool | UnsetType = UNSET
    bars: list[Bar] | UnsetType = UNSET
    cloud: list[CountedWord] | UnsetType = UNSET
    struck: list[str] | UnsetType = UNSET


class MyAnswer(Struct, frozen=True, kw_only=True):
    poll_id: UUID
    value: int | None
    words: list[str]


class Mine(Struct, frozen=True, kw_only=True):
    signed_up: bool
    upvotes: list[UUID]
    questions: list[Question]
    answer: MyAnswer | None


class EverybodysScreen(Struct, frozen=True, kw_only=True):
    """The content that all screens may show, the same for everybody."""

    version: int
    id: UUID
    run_id: UUID
    purpose: str
    state: str
    signed_up: int
    on_stage: str
    poll: Poll | None
    questions: list[Question]


class EventOnScreen(EverybodysScreen, frozen=True, kw_only=True):
    """With what is known of the event itself."""

    code: str
    words: dict[str, Title]
    starts_at: datetime | None
    ends_at: datetime | None
    recording_url: str | None
    transcript_url: str | None
    asking: str
    moderation: str
    categories: list[Category]
    is_time_to_join: bool
    stream_url: str | None
    polls: list[Poll]


class MyScreen(EventOnScreen, frozen=True, kw_only=True):
    """The event as one person has it before her."""

    mine: Mine


class Desk(EventOnScreen, frozen=True, kw_only=True):
    """Everything that the host has at hand."""

    script: str


class Townhall(Service, name="townhall"):
    """Asked by the portal for everybody who comes, and for hosts."""

    # the event

    @operation("GET", "/runs/<uuid:run_id>/halls", *ANYBODY)
    def halls(self, run_id: UUID) -> list[Hall]:
        """Returns the kickoff lecture and the launch event of a run."""

    @operation("GET", "/codes/<code>", *ANYBODY)
    def by_code(self, code: str) -> Hall:
        """Returns the event whose short code stands on the wall."""

    @operation("GET", "/halls/<uuid:hall_id>", *ANYBODY)
    def hall(self, hall_id: UUID) -> MyScreen:
        """Returns the event as I have it before me."""

    @operation("PATCH", "/halls/<uuid:hall_id>", *HOSTS)
    def describe(self, hall_id: UUID, said: Description) -> Desk:
        """Change texts, links and settings."""

    @operation("GET", "/halls/<uuid:hall_id>/desk", *HOSTS)
    def desk(self, hall_id: UUID) -> Desk:
        """Returns everything that the host has at hand."""

    @operation("PUT", "/halls/<uuid:hall_id>/time", *HOSTS)
    def schedule(self, hall_id: UUID, time: Time) -> None:
        """Say when the event is."""

    @operation("PUT", "/halls/<uuid:hall_id>/sign-up", *PEOPLE, READER)
    def sign_up(self, hall_id: UUID) -> None:
        """I mean to come."""

    @operation("DELETE", "/halls/<uuid:hall_id>/sign-up", *PEOPLE, READER)
    def cancel(self, hall_id: UUID) -> None:
        """I cannot come after all."""

    @operation("POST", "/halls/<uuid:hall_id>/start", *HOSTS)
    def start(self, hall_id: UUID) -> None:
        """We are on the air."""

    @operation("POST", "/halls/<uuid:hall_id>/end", *HOSTS)
    def end(self, hall_id: UUID) -> None:
        """The event is over."""

    @operation("PUT", "/halls/<uuid:hall_id>/stage", *HOSTS)
    def switch(self, hall_id: UUID, stage: Stage) -> None:
        """Put one thing on everybody's screen."""

    @operation("POST", "/halls/<uuid:hall_id>/carried-forward", *HOSTS)
    def carry_forward(self, hall_id: UUID, ticked: Ticked) -> None:
        """These questions go on to the survey."""

    # questions from the floor

    @operation("POST", "/halls/<uuid:hall_id>/questions", *PEOPLE, READER, status=201)
    def ask(self, hall_id: UUID, asked: QuestionAsked) -> Question:
        """Ask a question."""

    @operation("GET", "/questions", *ANYBODY, "service")
    def carried_forward(self, ids: Ids) -> list[Question]:
        """Returns the questions with these ids that went on to the survey."""

    @operation("PUT", "/questions/<uuid:question_id>/upvote", *PEOPLE)
    def upvote(self, question_id: UUID) -> None:
        """I want to know this too."""

    @operation("DELETE", "/questions/<uuid:question_id>/upvote", *PEOPLE)
    def take_upvote_back(self, question_id: UUID) -> None:
        """Take my upvote back."""

    @operation("POST", "/questions/<uuid:question_id>/show", *HOSTS)
    def show(self, question_id: UUID) -> None:
        """Everybody may see this question."""

    @operation("POST", "/questions/<uuid:question_id>/hide", *HOSTS)
    def hide(self, question_id: UUID) -> None:
        """Hides this question from everybody."""

    @operation("POST", "/questions/<uuid:question_id>/answer", *HOSTS)
    def mark_answered(self, question_id: UUID, said: Reply) -> None:
        """This question was answered, aloud or in writing."""

    # polls

    @operation("POST", "/halls/<uuid:hall_id>/polls", *HOSTS, status=201)
    def add_poll(self, hall_id: UUID, prepared: PollPrepared) -> Poll:
        """Prepare a poll."""

    @operation("PUT", "/polls/<uuid:poll_id>", *HOSTS)
    def reword_poll(self, poll_id: UUID, prepared: PollPrepared) -> Poll:
        """Reword a poll that nobody has seen yet."""

    @operation("DELETE", "/polls/<uuid:poll_id>", *HOSTS)
    def drop_poll(self, poll_id: UUID) -> None:
        """Throw a poll away that nobody has seen yet."""

    @operation("POST", "/polls/<uuid:poll_id>/close", *HOSTS)
    def close_poll(self, poll_id: UUID) -> None:
        """No more answers."""

    @operation("POST", "/polls/<uuid:poll_id>/reveal", *HOSTS)
    def reveal(self, poll_id: UUID) -> None:
        """Show everybody the result."""

    @operation("DELETE", "/polls/<uuid:poll_id>/reveal", *HOSTS)
    def conceal(self, poll_id: UUID) -> None:
        """Hide the result again."""

    @operation("POST", "/polls/<uuid:poll_id>/struck", *HOSTS)
    def strike(self, poll_id: UUID, said: Word) -> None:
        """Take a word out of the cloud."""

    @operation("PUT", "/polls/<uuid:poll_id>/answer", *PEOPLE)
    def answer_poll(self, poll_id: UUID, given: AnswerGiven) -> MyAnswer:
        """Give or change my answer."""

    # live

    @operation("GET", "/live/<uuid:hall_id>", "service")
    def snapshot(self, hall_id: UUID) -> EverybodysScreen:
        """Returns what all screens may show now."""

    @operation("GET", "/live/<uuid:hall_id>/access", *ANYBODY)
    def access(self, hall_id: UUID) -> None:
        """Whether I may follow this event: every colleague may."""
