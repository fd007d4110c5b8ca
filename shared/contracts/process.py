"""The events of process: the path both sides agreed on, and where on it a run is."""

from datetime import datetime
from uuid import UUID

from shared.messaging.events import Event, event

# What a phase can switch on. The services listen for their own; nobody else's matter to them.
ACTIVITIES = (
    "plan",  # process: the parties write and sign the plan
    "kickoff",  # townhall: the kickoff lecture
    "give_views",  # survey; settings give_views.moderation = before | after, .read_first = no | yes, .handful = 5 to 50 authors
    "prioritise",  # voting: read colleagues' views and prioritise them
    "workshop_1",  # workshop: groups deepen the questions
    "workshop_2",  # workshop: groups ideate solutions
    "write_workbook",  # publishing: drafting, review, approval
    "launch",  # townhall: the launch event; publishing: release
    "read_workbook",  # publishing
    "ground_rules",  # practice: teams agree on theirs
)
# What the others report before a phase ends well.
GOALS = (
    "plan_agreed",
    "kickoff_held",
    "turnout_reached",
    "all_read_enough",
    "round_1_ended",
    "round_2_ended",
    "workbook_approved",
    "workbook_launched",
)
OPENS_BY = ("hand", "date", "goal")


@event("process.run")
class RunPlanned(Event, frozen=True, kw_only=True):
    """A run was made from a template; the services lay out their part of it."""

    run_id: UUID
    template: str
    languages: list[str]
    consultancy_id: UUID | None = None
    by_id: UUID | None = None


@event("process.plan")
class PlanProposed(Event, frozen=True, kw_only=True):
    """One party proposes a plan, or a change to it; the other has to answer."""

    run_id: UUID
    version: int
    proposed_by: str  # consultancy | client
    by_id: UUID | None = None


@event("process.plan")
class PlanAgreed(Event, frozen=True, kw_only=True):
    """Both parties accepted this version of the plan: it is the agreed path now."""

    run_id: UUID
    version: int
    changed_phases: list[str] = []
    by_id: UUID | None = None


@event("process.plan")
class PlanDeclined(Event, frozen=True, kw_only=True):
    """A party declined a proposed change; the agreed path stays as it was."""

    run_id: UUID
    version: int
    by_id: UUID | None = None


@event("process.run")
class PhaseOpened(Event, frozen=True, kw_only=True):
    """A run entered a phase: its activities may begin. A phase opens a set of activities at once."""

    run_id: UUID
    phase: str
    activities: list[str]
    closes_at: datetime | None = None
    settings: dict[str, str] = {}  # e.g. give_views.moderation = before | after
    phase_id: UUID | None = None
    by_id: UUID | None = None

    def opens(self, activity: str) -> bool:
        """Returns whether people may do this from now on; also where it goes on from the phase before."""
        return activity in self.activities


@event("process.run")
class PhaseClosed(Event, frozen=True, kw_only=True):
    """A run left a phase: `activities` end, except those that `goes_on` in the next."""

    run_id: UUID
    phase: str
    activities: list[str]
    goes_on: list[str] = []
    by_id: UUID | None = None

    def ends(self, activity: str) -> bool:
        """Returns whether people may not do this any more."""
        return activity in self.activities and activity not in self.goes_on


@event("process.run")
class PhaseMoved(Event, frozen=True, kw_only=True):
    """The agreed dates of a phase changed."""

    run_id: UUID
    phase: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@event("process.run")
class StrayedFromPlan(Event, frozen=True, kw_only=True):
    """Somebody decided to leave the agreed path; the reason stays with the process."""

    run_id: UUID
    phase: str
    how: str  # early | late | goal_not_reached | skipped
    decision_id: UUID
    by_id: UUID | None = None


@event("process.run")
class DriftNoticed(Event, frozen=True, kw_only=True):
    """Plan and reality differ."""

    run_id: UUID
    phase: str
    kind: str  # late | skipped | opened_early | opened_late | few_readings | low_turnout


@event("process.run", belongs_to="client_id")
class RunMoved(Event, frozen=True, kw_only=True):
    """Where a run is, in steps and counts, for the consultancy that leads it."""

    run_id: UUID
    client_id: UUID
    consultancy_id: UUID
    phase: str
    next_phase: str | None = None
    next_at: datetime | None = None
    drift: list[str] = []
    waiting: list[
        str
    ] = []  # what needs a person: propose_plan | client_answers | consultancy_answers | move_on
    took_part: int = 0
    invited: int = 0
    template: str = "hybrid-work"
    completed: bool = False
    turnout_target: float = 0.5
    led_by: UUID | None = None


@event("process.run")
class RunCompleted(Event, frozen=True, kw_only=True):
    """The run reached the end of its path."""

    run_id: UUID
    by_id: UUID | None = None


@event("process.tenant")
class ProcessForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with the process: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
