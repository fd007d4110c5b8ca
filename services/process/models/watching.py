"""Watching a run: what the others and the clock report, and where plan and reality differ."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.process.models.drift import Drift
from services.process.models.phase import Phase
from shared.contracts.process import DriftNoticed

if TYPE_CHECKING:
    from services.process.models.run import Run


class Watching:
    """The part of a run that listens; timers open a phase where the plan says so, people do the rest."""

    def reach(self: "Run", goal: str) -> None:
        """The goal of a phase is reached. People decide when to go on, or the plan says that this decides it."""
        for phase in self.phases:
            if phase.goal == goal and phase.goal_reached_at is None:
                phase.goal_reached_at = datetime.now(UTC)
                self.drift_is_over(phase.key, "few_readings", "low_turnout")
        self._go_on_if_the_plan_says_so("goal")
        self.tell_where_we_are()

    def open_by_date(self: "Run", phase: Phase) -> None:
        """The agreed moment of a phase has come. It opens when it is next; else people have to catch up first."""
        self._go_on_if_the_plan_says_so(phase.opens_by)

    def _go_on_if_the_plan_says_so(self: "Run", by: str) -> None:
        following = self.coming[0] if self.coming else None
        here, now = self.current, datetime.now(UTC)
        if not self.version or here is None or following is None:
            return
        if self.planned_move:  # a person has said when, and may take it back: what they do counts
            return
        is_time = following.opens_at is None or following.opens_at <= now
        if following.opens_by == by and is_time and (by == "date" or here.goal_reached_at):
            self.look_at(here)
            self.leave_for([following])

    def look_at(self: "Run", phase: Phase) -> None:
        """Do enough people take part? Asked two thirds into a phase, and when the clock ends it."""
        if phase.is_open and phase.goal == "turnout_reached" and not phase.may_end_well:
            self.notice("low_turnout", phase)
        if phase.is_open and phase.goal == "all_read_enough" and not phase.may_end_well:
            self.notice("few_readings", phase)

    def notice(self: "Run", kind: str, phase: Phase) -> None:
        """Plan and reality differ; said once for each phase."""
        if any(drift.phase == phase.key and drift.kind == kind for drift in self.drifts):
            return
        self.drifts.append(Drift(phase=phase.key, kind=kind, noticed_at=datetime.now(UTC)))
        self.tell(DriftNoticed(run_id=self.id, phase=phase.key, kind=kind))
        self.tell_where_we_are()

    def drift_is_over(self: "Run", phase: str, *kinds: str) -> None:
        for drift in self.drifting:
            if drift.phase == phase and drift.kind in kinds:
                drift.over_at = datetime.now(UTC)

    def count_turnout(self: "Run", activity: str, took_part: int, invited: int) -> None:
        if activity not in self.activities:
            return
        self.took_part, self.invited = took_part, invited
        if invited and took_part >= invited * self.turnout_target:
            self.reach("turnout_reached")
        self.tell_where_we_are()

    def has_theme(self: "Run", theme_id: UUID) -> None:
        self.themes = sorted({*self.themes, str(theme_id)})

    def theme_is_read_enough(self: "Run", theme_id: UUID) -> None:
        self.read_enough = sorted({*self.read_enough, str(theme_id)})
        if set(self.themes) <= set(self.read_enough):
            self.reach("all_read_enough")
