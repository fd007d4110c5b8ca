"""The operations of workshop on questions: grown from ranked views, worded, joined, split, put aside, brought to the table."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.contracts.api.workshop_sessions import LEADING, PEOPLE, READING
from shared.web.operations import Language, Service, operation

MOST_IDS = 500
Wording = dict[Language, Annotated[str, Meta(max_length=500)]]
"""By language; those that are missing are missing."""
State = Literal["proposed", "tabled", "put_aside", "joined"]


class NewQuestion(Struct, frozen=True, kw_only=True):
    wording: Wording
    theme_id: UUID
    views: Annotated[list[UUID], Meta(min_length=1, max_length=200)]


class Reworded(Struct, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    wording: Wording
    was: dict[str, Any] | None = None


class ViewNamed(Struct, frozen=True, kw_only=True):
    view_id: UUID


class OtherNamed(Struct, frozen=True, kw_only=True):
    other_id: UUID


class ViewsChosen(Struct, frozen=True, kw_only=True):
    views: list[UUID]


class PutAside(Struct, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(max_length=1000)]


class Ids(Struct, frozen=True, kw_only=True):
    ids: Annotated[list[UUID], Meta(max_length=MOST_IDS)]


class Question(Struct, frozen=True, kw_only=True):
    """A question with the views behind it; `seed_view_id` is the one whose seat proposed it."""

    id: UUID
    run_id: UUID
    theme_id: UUID
    seed_view_id: UUID | None
    position: int
    state: str
    wording: dict[str, str]
    joined_to: UUID | None
    view_ids: list[UUID]


class Change(Struct, frozen=True, kw_only=True):
    what: str
    by: UUID | None
    at: datetime
    reason: str
    views: list[str]
    other_id: UUID | None
    is_undone: bool


class QuestionWithLog(Question, frozen=True, kw_only=True):
    changes: list[Change]


class RankedView(Struct, frozen=True, kw_only=True):
    view_id: UUID
    theme_id: UUID
    rank: int
    has_seat: bool
    is_read_enough: bool
    readings: int | None


class Questions(Service, name="workshop"):
    """Asked by the portal for staff, and by everybody of a run for the questions on the table."""

    @operation("GET", "/runs/<uuid:run_id>/questions", *PEOPLE, *READING)
    def questions(
        self, run_id: UUID, state: State | None = None, theme_id: UUID | None = None
    ) -> list[Question]:
        """The questions of a run; participants see those on the table."""

    @operation("GET", "/questions/<uuid:question_id>", *READING)
    def question(self, question_id: UUID) -> QuestionWithLog:
        """A question with the log of its changes."""

    @operation("GET", "/runs/<uuid:run_id>/ranked-views", *READING)
    def ranked_views(self, run_id: UUID, theme_id: UUID | None = None) -> list[RankedView]:
        """The views as voting ranked them, to choose from."""

    @operation("POST", "/runs/<uuid:run_id>/questions/texts", *PEOPLE, *READING, only_asks=True)
    def question_texts(self, run_id: UUID, wanted: Ids) -> dict[UUID, dict[str, str]]:
        """Wordings by id, for pages that know only ids."""

    @operation("POST", "/runs/<uuid:run_id>/questions", *LEADING, status=201)
    def ask(self, run_id: UUID, new: NewQuestion) -> Question:
        """A question that staff bring themselves, grown from views."""

    @operation("PUT", "/questions/<uuid:question_id>/wording", *LEADING)
    def word(self, question_id: UUID, reworded: Reworded) -> Question:
        """Word the question, in one language or several."""

    @operation("POST", "/questions/<uuid:question_id>/sources", *LEADING)
    def add_source(self, question_id: UUID, named: ViewNamed) -> Question:
        """Put a view behind the question."""

    @operation("DELETE", "/questions/<uuid:question_id>/sources/<uuid:view_id>", *LEADING)
    def remove_source(self, question_id: UUID, view_id: UUID) -> Question:
        """Take a view from behind the question."""

    @operation("POST", "/questions/<uuid:question_id>/join", *LEADING)
    def join(self, question_id: UUID, named: OtherNamed) -> Question:
        """Join another question into this one."""

    @operation("POST", "/questions/<uuid:question_id>/split", *LEADING, status=201)
    def split(self, question_id: UUID, chosen: ViewsChosen) -> Question:
        """Make some of the views a question of their own."""

    @operation("POST", "/questions/<uuid:question_id>/undo", *LEADING)
    def undo_change(self, question_id: UUID) -> Question:
        """Take back the latest change of what stands behind the question."""

    @operation("POST", "/questions/<uuid:question_id>/put-aside", *LEADING)
    def put_aside(self, question_id: UUID, because: PutAside) -> Question:
        """Leave the question out of the workshops, with a reason."""

    @operation("DELETE", "/questions/<uuid:question_id>/put-aside", *LEADING)
    def take_back(self, question_id: UUID) -> Question:
        """Take the question back."""

    @operation("POST", "/questions/<uuid:question_id>/table", *LEADING)
    def table(self, question_id: UUID) -> Question:
        """Bring the question to the workshops' table."""
