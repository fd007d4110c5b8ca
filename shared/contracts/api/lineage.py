"""The operations of lineage: what a thing grew into and from, what became of many views, how whole a run's thread is."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.web.operations import Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF

MOST_VIEWS = 500
DEEPEST, USUAL_DEPTH = 12, 8
"""From view over question and two rounds of outcomes to passage it is five steps; the rest is room to grow."""
Direction = Literal["forward", "back", "both"]
WHO_SEES_DRAFTS = (*STAFF, *CLIENT_SIDE, "designer")
EVERYBODY = ("participant", "supervisor", *WHO_SEES_DRAFTS, "service")


class Knot(Struct, frozen=True, kw_only=True):
    """A thing on the thread; its words are fetched from its owner. `number`: of the newest edition in which readers find a passage.
    `teams`: how many use it, from five on."""

    id: UUID
    kind: str
    detail: str | None
    stands: bool
    readings: int | None
    number: int | None
    teams: int | None


class TheThread(Struct, frozen=True, kw_only=True):
    """Holds what one thing grew into, and what it grew from. Edges are [source, target]."""

    start: Knot
    things: list[Knot]
    edges: list[list[UUID]]


class Views(Struct, frozen=True, kw_only=True):
    ids: Annotated[list[UUID], Meta(max_length=MOST_VIEWS)]


class PassageThere(Struct, frozen=True, kw_only=True):
    """A passage that readers can open, and the newest edition in which it stands."""

    id: UUID
    kind: str | None
    number: int


class Became(Struct, frozen=True, kw_only=True):
    """The things that a view became. `teams`: how many use a passage that grew from it, from five on."""

    readings: int | None
    stands: bool
    questions: list[UUID]
    outcomes: list[UUID]
    passages: list[PassageThere]
    teams: int | None


class Threads(Struct, frozen=True, kw_only=True):
    """By view, of those that somebody has heard of."""

    threads: dict[UUID, Became]


class Summary(Struct, frozen=True, kw_only=True):
    """How many edges and, kind by kind, how many things there are; then what hangs on nothing or leads nowhere."""

    edges: int
    things: dict[str, int]
    passages_without_views: list[UUID]
    outcomes_without_views: list[UUID]
    orphan_outcomes: list[UUID]


class Lineage(Service, name="lineage"):
    """Asked by the portal for everybody who follows a thread."""

    @operation("GET", "/threads/<uuid:thing_id>", *EVERYBODY)
    def thread(
        self,
        thing_id: UUID,
        direction: Direction = "both",
        depth: Annotated[int, Meta(ge=1, le=DEEPEST)] = USUAL_DEPTH,
    ) -> TheThread:
        """Returns what a thing grew into and what it grew from."""

    @operation("POST", "/threads/lookup", *EVERYBODY, only_asks=True)
    def lookup(self, wanted: Views) -> Threads:
        """Returns what became of these views."""

    @operation("GET", "/runs/<uuid:run_id>/edges/summary", *WHO_SEES_DRAFTS, "service")
    def summary(self, run_id: UUID) -> Summary:
        """How whole the run's thread is."""
