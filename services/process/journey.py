"""The path we propose to every client, as data. A run copies it; the copy, signed by both parties, is the agreement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.languages import ZONE


@dataclass(frozen=True)
class PlannedPhase:
    """One phase of a template: which activities it opens, how long it usually takes, what ends it well."""

    key: str
    step: str  # the dot on the path that it belongs to; a step may hold several phases
    days: int
    activities: tuple[str, ...] = ()
    goal: str | None = None  # what the others have to report before it ends well; None: people say so
    opens_by: str = "hand"  # hand | date | goal
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """A path with a name."""

    key: str
    phases: tuple[PlannedPhase, ...]
    turnout_target: float = 0.5

    def dates_from(self, start: datetime) -> list[tuple[datetime, datetime]]:
        """When each phase opens and closes if all take their usual time; nine o'clock stays nine in summer."""
        dates, opens = [], start.astimezone(ZONE)
        for phase in self.phases:
            closes = opens + timedelta(days=phase.days)
            dates.append((opens, closes))
            opens = closes
        return dates


HYBRID_WORK = Template(
    "hybrid-work",
    (
        PlannedPhase("planning", "planning", 28, ("plan",), goal="plan_agreed"),
        PlannedPhase("kickoff", "kickoff", 7, ("kickoff",), goal="kickoff_held", opens_by="date"),
        PlannedPhase(
            "views",
            "views",
            21,
            ("give_views",),
            goal="turnout_reached",
            settings={
                "give_views.moderation": "before",
                "give_views.read_first": "no",
                "give_views.handful": "5",
            },
        ),
        PlannedPhase("priorities", "views", 14, ("prioritise",), goal="all_read_enough"),
        PlannedPhase("deepen", "workshops", 14, ("workshop_1",), goal="round_1_ended"),
        PlannedPhase("ideate", "workshops", 14, ("workshop_2",), goal="round_2_ended"),
        PlannedPhase("workbook", "workbook", 42, ("write_workbook",), goal="workbook_approved"),
        PlannedPhase("launch", "workbook", 7, ("launch",), goal="workbook_launched"),
        PlannedPhase("aftercare", "in_use", 180, ("read_workbook", "ground_rules")),
    ),
)
TEMPLATES = {template.key: template for template in (HYBRID_WORK,)}
