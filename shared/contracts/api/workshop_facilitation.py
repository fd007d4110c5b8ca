"""The operations of workshop on leading a session: groups, steps, the timer, a word to all, notes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from shared.contracts.api.workshop_boards import GroupAtAGlance, HelpWanted, Step
from shared.contracts.api.workshop_sessions import LEADING, READING, Session
from shared.web.operations import Service, operation


class GroupsWished(Struct, frozen=True, kw_only=True):
    """The size of groups and their questions, and places that go `together` or are kept `apart`. `was`, here and below: what the page of
    the edit showed (shared/web/edit_conflicts.py)."""

    size: Annotated[int, Meta(ge=2, le=40)] = 7
    questions: list[UUID]
    together: list[list[UUID]] = []
    apart: list[list[UUID]] = []
    was: dict[str, Any] | None = None


class Seated(Struct, frozen=True, kw_only=True):
    """The places in each group, as a page of forming groups shows them in its `was`."""

    groups: dict[UUID, list[UUID]]


class GroupChosen(Struct, frozen=True, kw_only=True):
    group_id: UUID
    was: dict[str, Any] | None = None


class QuestionGiven(Struct, frozen=True, kw_only=True):
    question_id: UUID
    was: dict[str, Any] | None = None


class StepChosen(Struct, frozen=True, kw_only=True):
    number: Annotated[int, Meta(ge=0, le=50)]


class TimerSet(Struct, frozen=True, kw_only=True):
    seconds: Annotated[int, Meta(ge=0, le=4 * 3600)]


class SentenceToAll(Struct, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=500)]


class HandedOver(Struct, frozen=True, kw_only=True):
    """Without a name the caller takes over."""

    to: UUID | None = None


class NotesKept(Struct, frozen=True, kw_only=True):
    notes: Annotated[str, Meta(max_length=20_000)]
    was: dict[str, Any] | None = None


class PersonByNumber(Struct, frozen=True, kw_only=True):
    """Somebody at a session: staff never learn who."""

    id: UUID
    is_here: bool
    has_attended: bool
    turn: int
    unit: str | None
    site: str | None
    role: str | None
    language: str
    moved_up: int


class OutcomesCounted(Struct, frozen=True, kw_only=True):
    written: int
    signed_off: int


class GroupToLead(GroupAtAGlance, frozen=True, kw_only=True):
    id: UUID
    question_id: UUID | None
    places: list[PersonByNumber]
    outcomes: OutcomesCounted


class Overview(Session, frozen=True, kw_only=True):
    """A session with all its groups, and with what everybody at it shares."""

    version: int
    workshop_id: UUID
    step: Step
    steps: list[Step]
    visit: int
    timer_ends_at: datetime | None
    now: datetime
    broadcast: str
    broadcast_at: datetime | None
    groups: list[GroupToLead]


class Moved(Struct, frozen=True, kw_only=True):
    """How many people moved."""

    moved: int


class Facilitation(Service, name="workshop"):
    """Asked by the portal for those who lead a session, or look over it."""

    @operation("GET", "/workshops/<uuid:workshop_id>/groups", *READING)
    def overview(self, workshop_id: UUID) -> Overview:
        """All groups as tiles, and what everybody shares."""

    @operation("POST", "/workshops/<uuid:workshop_id>/groups", *LEADING, status=201)
    def form_groups(self, workshop_id: UUID, wished: GroupsWished) -> Overview:
        """Divide those who have a place, and give the groups their questions."""

    @operation("POST", "/workshops/<uuid:workshop_id>/groups/evening-out", *LEADING)
    def even_out(self, workshop_id: UUID) -> Moved:
        """Make the groups of those who are here even again."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/places/<uuid:place_id>/group", *LEADING)
    def move(self, workshop_id: UUID, place_id: UUID, chosen: GroupChosen) -> Overview:
        """Move a person to another group."""

    @operation("PUT", "/groups/<uuid:group_id>/question", *LEADING)
    def give_question(self, group_id: UUID, given: QuestionGiven) -> Overview:
        """Give a group another question; its earlier boards stay."""

    @operation("PUT", "/groups/<uuid:group_id>/help", *LEADING)
    def help(self, group_id: UUID, wanted: HelpWanted) -> Overview:
        """The facilitator has been there."""

    @operation("POST", "/workshops/<uuid:workshop_id>/start", *LEADING)
    def start(self, workshop_id: UUID) -> Overview:
        """Start the session, and with the first one the round."""

    @operation("POST", "/workshops/<uuid:workshop_id>/end", *LEADING)
    def end(self, workshop_id: UUID) -> Overview:
        """End the session: boards stay, who wrote what is forgotten."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/step", *LEADING)
    def go_to(self, workshop_id: UUID, chosen: StepChosen) -> Overview:
        """Move everybody to a step, forward or back."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/timer", *LEADING)
    def set_timer(self, workshop_id: UUID, timer: TimerSet) -> Overview:
        """Set the timer; 0 seconds takes it away."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/broadcast", *LEADING)
    def say_to_all(self, workshop_id: UUID, sentence: SentenceToAll) -> Overview:
        """Say a sentence to all groups; an empty one takes it away."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/facilitator", *LEADING)
    def hand_over(self, workshop_id: UUID, handed: HandedOver) -> Overview:
        """Hand the session over."""

    @operation("PUT", "/workshops/<uuid:workshop_id>/notes", *LEADING)
    def keep_notes(self, workshop_id: UUID, kept: NotesKept) -> Session:
        """Keeps staff's note beside the minutes."""
