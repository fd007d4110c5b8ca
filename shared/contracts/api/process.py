"""The operations of process: the path of a run, the plan as an agreement, moving on, templates, the cockpit."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import marshmallow as ma
from marshmallow.validate import OneOf, Regexp
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.process import ACTIVITIES, GOALS, OPENS_BY
from shared.languages import LANGUAGES
from shared.web.fields import Filled, Line
from shared.web.operations import Read, Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF
from shared.web.shapes import ShapeSchema

EVERYBODY = ("participant", "supervisor", "designer", "service", *CLIENT_SIDE, *STAFF)
THOSE_WHO_STEER = ("lead", *CLIENT_SIDE)
HANDFUL = Regexp(r"^([5-9]|[1-4][0-9]|50)$", error="A handful holds the views of 5 to 50 authors.")

PhaseState = Literal["coming", "current", "done", "skipped"]
ProposalState = Literal["waiting", "agreed", "declined", "withdrawn"]
Name = Annotated[str, Read(Line, Filled(120))]
Reason = Annotated[str, Meta(max_length=2000)]
Activity = Annotated[str, Read(None, OneOf(ACTIVITIES))]
Opening = Annotated[str, Read(None, OneOf(OPENS_BY))]
Word = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,60}$")]
Setting = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.]{0,60}$")]

# the path


class Phase(Struct, frozen=True, kw_only=True):
    """A part of the path: what is agreed about it, and what really happened."""

    id: UUID
    key: str
    step: str
    state: PhaseState
    activities: list[str]
    settings: dict[str, str]
    goal: str | None
    goal_reached_at: datetime | None
    opens_by: str
    opens_at: datetime | None
    closes_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None


class Run(Struct, frozen=True, kw_only=True):
    """A run as everybody of the organisation may know it: the agreed path and where on it we are. `activities` are those open now."""

    id: UUID
    name: str
    template: str
    languages: list[str]
    version: int
    activities: list[str]
    completed_at: datetime | None
    phases: list[Phase]


class Drift(Struct, frozen=True, kw_only=True):
    phase: str
    kind: str
    noticed_at: datetime
    over_at: datetime | None


class Decision(Struct, frozen=True, kw_only=True):
    id: UUID
    phase: str
    how: list[str]
    reason: str
    party: str
    decided_by: UUID
    decided_at: datetime


class PlannedMove(Struct, frozen=True, kw_only=True):
    """A move that happens by itself at its moment, unless it is taken back; `to` is null where the path ends."""

    id: UUID
    leaving: str
    to: str | None
    party: str
    planned_by: UUID
    moves_at: datetime


class Steering(Run, frozen=True, kw_only=True):
    """A run as those who steer it see it: besides the path its goals, drift, decisions, and what waits for a person."""

    turnout_target: float
    took_part: int
    invited: int
    waiting: list[str]
    strays: list[str]
    drifting: list[Drift]
    decisions: list[Decision]
    planned_move: PlannedMove | None


# templates


class TemplatePhase(Struct, frozen=True, kw_only=True):
    """A phase of a template: no dates, no words, only what it opens and how long it usually takes."""

    key: str
    step: str
    days: int
    activities: list[str]
    goal: str | None = None
    opens_by: str = "hand"
    settings: dict[str, str] = {}


class HandfulHidesAll(ShapeSchema):
    """Reads a phase of a template, and refuses a handful that would not hide everybody in it."""

    @ma.validates("settings")
    def a_handful_hides_everybody_in_it(self, settings: dict[str, str], data_key: str) -> None:
        if holds := settings.get("give_views.handful"):
            HANDFUL(holds)


class PhaseToKeep(TemplatePhase, frozen=True, kw_only=True):
    """A phase as somebody sends it: with no room for free text."""

    checks: ClassVar[type[ShapeSchema]] = HandfulHidesAll

    key: Word
    step: Word
    days: Annotated[int, Meta(ge=1, le=1000)]
    activities: list[Activity]
    goal: Annotated[str, Read(None, OneOf(GOALS))] | None = None
    opens_by: Opening = "hand"
    settings: dict[Word, Setting] = {}


PhasesToKeep = Annotated[list[PhaseToKeep], Meta(min_length=1, max_length=50)]


class NewTemplate(Struct, frozen=True, kw_only=True):
    name: Name
    phases: PhasesToKeep


class KeptTemplate(Struct, frozen=True, kw_only=True):
    """A template that the consultancy keeps."""

    id: UUID
    name: str
    phases: list[TemplatePhase]
    kept_at: datetime


class NewRun(Struct, frozen=True, kw_only=True):
    """A run from our template, or from `phases` that were kept from another run."""

    name: Name
    template: Literal["hybrid-work"] = "hybrid-work"
    phases: PhasesToKeep | None = None
    starts_at: datetime
    languages: Annotated[list[Annotated[str, Read(None, OneOf(LANGUAGES))]], Meta(min_length=1)]


# the plan as an agreement


class PlannedPhase(Struct, frozen=True, kw_only=True):
    """The part of a phase that a proposal may say; what is left out stays as agreed."""

    key: str
    opens_at: datetime | None | UnsetType = UNSET
    closes_at: datetime | None | UnsetType = UNSET
    opens_by: Opening | UnsetType = UNSET
    activities: list[Activity] | UnsetType = UNSET


class LeavesOutTheRest(ShapeSchema):
    """Reads what a page has carried, without what it carried for itself."""

    class Meta:
        unknown = ma.EXCLUDE


class PlanAsShown(Struct, frozen=True, kw_only=True):
    """The plan that a proposal changes, as its page showed it: {phase: what it says}."""

    checks: ClassVar[type[ShapeSchema]] = LeavesOutTheRest

    phases: dict[str, PlannedPhase] = {}


class NewProposal(Struct, frozen=True, kw_only=True):
    """A plan, or a change to the agreed one. `was`: the plan as the page of the proposal showed it (shared/web/edit_conflicts.py)."""

    phases: list[PlannedPhase]
    why: Reason = ""
    was: PlanAsShown | None = None


class Change(Struct, frozen=True, kw_only=True):
    """One difference between the agreed plan and a proposal, as plans are written."""

    phase: str
    what: str
    was: Any
    becomes: Any


class Answer(Struct, frozen=True, kw_only=True):
    """A party's signature under a proposal, or its refusal."""

    party: str
    accepts: bool
    answered_by: UUID
    answered_at: datetime
    reason: str


class WrittenPhase(Struct, frozen=True, kw_only=True):
    """A phase in a plan as it is signed: moments are texts, written in one way."""

    key: str
    opens_at: str | None
    closes_at: str | None
    opens_by: str
    activities: list[str]


class Proposal(Struct, frozen=True, kw_only=True):
    """A version of the plan, with its visible difference and the answers of both parties."""

    id: UUID
    version: int
    state: ProposalState
    waits_for: str | None
    proposed_by: str
    proposed_at: datetime
    why: str
    changes: list[Change]
    phases: list[WrittenPhase]
    answers: list[Answer]


class Refusing(Struct, frozen=True, kw_only=True):
    reason: Annotated[str, Read(None, Filled(2000))]


# moving on


class Move(Struct, frozen=True, kw_only=True):
    """To the next phase, or to a later one; at once, or in some minutes. `leaving` is the phase that the person was looking at."""

    reason: Reason = ""
    to: str | None = None
    leaving: str = ""
    in_minutes: Annotated[int, Meta(ge=0, le=60)] = 0


class Ahead(Struct, frozen=True, kw_only=True):
    """The consequences of a move; activities by their names."""

    leaving: str
    to: str | None
    closes_at: datetime | None
    closes: list[str]
    goes_on: list[str]
    opens: list[str]
    skips: list[Phase]
    strays: list[str]


class Standing(Struct, frozen=True, kw_only=True):
    """A client's run in steps and counts, as the consultancy sees it."""

    run_id: UUID
    client_id: UUID
    template: str
    phase: str
    step: str
    steps: list[str]
    next_phase: str | None
    next_at: datetime | None
    drift: list[str]
    waiting: list[str]
    took_part: int
    invited: int
    completed: bool
    turnout_target: float
    led_by: UUID | None
    needs_a_person: bool


class Process(Service, name="process"):
    """Asked by the portal for everybody on a path, and for those who steer it."""

    # the path

    @operation("GET", "/runs", *EVERYBODY)
    def runs(self) -> list[Run]:
        """The runs of the organisation, the newest first."""

    @operation("POST", "/runs", "lead", status=201)
    def plan_a_run(self, new: NewRun) -> Steering:
        """Plan a run from a template."""

    @operation("GET", "/runs/<uuid:run_id>", *EVERYBODY)
    def run(self, run_id: UUID) -> Run:
        """The agreed path of a run, and what is open now."""

    @operation("GET", "/runs/<uuid:run_id>/steering", *CLIENT_SIDE, *STAFF)
    def steering(self, run_id: UUID) -> Steering:
        """Returns the run with goals, drift and decisions, for those who steer."""

    # templates

    @operation("GET", "/runs/<uuid:run_id>/shape", *STAFF)
    def shape(self, run_id: UUID) -> list[TemplatePhase]:
        """The path of a run without anything that was said on it, for a template."""

    @operation("GET", "/templates", *STAFF)
    def templates(self) -> list[KeptTemplate]:
        """The templates that the consultancy keeps, by name."""

    @operation("POST", "/templates", "lead", status=201)
    def keep_template(self, new: NewTemplate) -> KeptTemplate:
        """Keep the path of a run as a template."""

    # moving on

    @operation("GET", "/runs/<uuid:run_id>/moves", *CLIENT_SIDE, *STAFF)
    def ahead(self, run_id: UUID, to: str | None = None) -> Ahead:
        """Returns what moving on would do now, to the next phase or to a later one: what closes, what opens, what is left out, and how it leaves
        the agreed path."""

    @operation("POST", "/runs/<uuid:run_id>/moves", *THOSE_WHO_STEER)
    def move_on(self, run_id: UUID, move: Move) -> Steering:
        """Close this phase and open the next, or a later one: at once, or in some minutes, to be taken back until then."""

    @operation("POST", "/runs/<uuid:run_id>/moves/<uuid:move_id>/taking-back", *THOSE_WHO_STEER)
    def take_back(self, run_id: UUID, move_id: UUID) -> Steering:
        """Take back a move before its moment."""

    @operation("POST", "/runs/<uuid:run_id>/moves/<uuid:move_id>/going-through", *THOSE_WHO_STEER)
    def go_through(self, run_id: UUID, move_id: UUID) -> Steering:
        """Have an announced move happen at once."""

    # the plan as an agreement

    @operation("GET", "/runs/<uuid:run_id>/proposals", *EVERYBODY)
    def proposals(self, run_id: UUID) -> list[Proposal]:
        """All versions of the plan, the newest first; those who do not steer see the agreed ones."""

    @operation("POST", "/runs/<uuid:run_id>/proposals", *THOSE_WHO_STEER, status=201)
    def propose(self, run_id: UUID, new: NewProposal) -> Proposal:
        """Propose a plan, or a change to the agreed one; the proposer signs it with this."""

    @operation("POST", "/runs/<uuid:run_id>/proposals/<uuid:proposal_id>/signature", *THOSE_WHO_STEER)
    def sign(self, run_id: UUID, proposal_id: UUID) -> Proposal:
        """Accept a proposal for one's party."""

    @operation("POST", "/runs/<uuid:run_id>/proposals/<uuid:proposal_id>/refusal", *THOSE_WHO_STEER)
    def decline(self, run_id: UUID, proposal_id: UUID, refusing: Refusing) -> Proposal:
        """Decline a proposal for one's party, with a reason."""

    @operation("DELETE", "/runs/<uuid:run_id>/proposals/<uuid:proposal_id>", *THOSE_WHO_STEER)
    def withdraw(self, run_id: UUID, proposal_id: UUID) -> None:
        """Take one's own proposal back."""

    # the consultancy's view

    @operation("GET", "/cockpit", *STAFF)
    def cockpit(self) -> list[Standing]:
        """All clients' runs as the consultancy sees them; those that need a person come first."""
