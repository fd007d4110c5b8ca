"""The operations of voting about its results: how far the views are read, the terms, the ranking, the release."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.api.voting import Grouping, State
from shared.web.operations import Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF


class Terms(Struct, frozen=True, kw_only=True):
    """The terms that are agreed on before reading opens. `was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    goal: Annotated[int, Meta(ge=5, le=200)] | UnsetType = UNSET
    with_hearts: bool | UnsetType = UNSET
    questions: Annotated[int, Meta(ge=1, le=60)] | UnsetType = UNSET
    seats_by: Grouping | UnsetType = UNSET
    expected_readers: Annotated[int, Meta(ge=1, le=1_000_000)] | None | UnsetType = UNSET
    was: dict[str, Any] | None = None


class ThemeReadings(Struct, frozen=True, kw_only=True):
    """How far one theme is read. Of single views nothing is told beyond the floor: `fewest` and `median` end there, and so does
    `by_view`, which is there once the answers are counted (0: fewer than five)."""

    theme_id: UUID
    views: int
    readings: int
    fewest: int
    median: float
    below_floor: int
    by_view: dict[UUID, int]


class Readings(Struct, frozen=True, kw_only=True):
    """How far the views have been read; nothing of what the answers say."""

    state: State
    opened_at: datetime | None
    closes_at: datetime | None
    goal: int
    with_hearts: bool
    questions: int
    seats_by: Grouping
    expected_readers: int | None
    invited: int | None
    floor: int
    voters: int
    expected_votes_a_view: float
    themes: list[ThemeReadings]


class GroupAnswers(Struct, frozen=True, kw_only=True):
    """A group's shares of one view in steps of a fifth (0.1 to 0.9), blurred by chance; none where it is withheld."""

    name: str
    withheld: bool
    agree: float | UnsetType = UNSET
    disagree: float | UnsetType = UNSET


class Place(Struct, frozen=True, kw_only=True):
    """A view's place, reckoned from answers that are blurred by chance, once. `answers` is the promised floor where it is reached and told
    in fives below; the other counts are to the nearest five. What fewer than five people answered is left out: then the view counts as
    not read."""

    view_id: UUID
    position: int
    place: int
    place_best: int
    place_worst: int
    percentile: int
    priority: float
    agree: float
    agree_low: float
    agree_high: float
    heart: float
    answers: int
    agrees: int
    passes: int
    disagrees: int
    hearts: int
    read_enough: bool
    proposed: bool
    groups: list[GroupAnswers]


class ThemeRanking(Struct, frozen=True, kw_only=True):
    theme_id: UUID
    views: int
    places: list[Place]
    dividing: list[UUID]


class Ranking(Struct, frozen=True, kw_only=True):
    """Every view's place with its uncertainty, and the seats that propose the questions."""

    state: State
    floor: int
    voters: int
    with_hearts: bool
    grouped_by: Grouping
    themes: list[ThemeRanking]


class Seat(Struct, frozen=True, kw_only=True):
    position: int
    group: str
    view_id: UUID
    theme_id: UUID


class Seats(Struct, frozen=True, kw_only=True):
    """The views proposed as questions. `joined`: groups too small for seats of their own, and whom they joined."""

    state: State
    questions: int
    seats_by: Grouping
    seats: list[Seat]
    joined: dict[str, str]


class Results(Service, name="voting"):
    """Asked by the portal for staff, and for everybody who sees the results."""

    # for staff

    @operation("GET", "/runs/<uuid:run_id>/ballot", *STAFF, *CLIENT_SIDE)
    def ballot(self, run_id: UUID) -> Readings:
        """How far the views have been read, against the promised floor."""

    @operation("PATCH", "/runs/<uuid:run_id>/ballot", "lead", "facilitator")
    def agree_on(self, run_id: UUID, terms: Terms) -> Readings:
        """Set the goal, the hearts, the number of questions and, until reading opens, how seats are given."""

    @operation("GET", "/runs/<uuid:run_id>/seats", *STAFF)
    def seats(self, run_id: UUID) -> Seats:
        """The views that the groups propose as questions."""

    @operation("POST", "/runs/<uuid:run_id>/release", "lead", "facilitator")
    def release(self, run_id: UUID) -> None:
        """Make the results known to everybody, and hand the proposed questions to the workshops."""

    # for everybody, once they are released

    @operation("GET", "/runs/<uuid:run_id>/ranking", "participant", *STAFF, *CLIENT_SIDE)
    def ranking(
        self,
        run_id: UUID,
        theme_id: UUID | None = None,
        after: Annotated[int, Meta(ge=0)] = 0,
        limit: Annotated[int, Meta(ge=1, le=1000)] | None = None,
    ) -> Ranking:
        """The order of the views with its uncertainty: for staff when counted, for everybody when released. Of one theme or all, and within
        each after which position."""
