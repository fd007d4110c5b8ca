"""Moving a run on along its path, on its day or, with a reason, otherwise."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from services.process.models.decision import Decision
from services.process.models.phase import Phase
from shared.cleaning import shows_something
from shared.contracts.process import PhaseClosed, PhaseOpened, StrayedFromPlan
from shared.problems import RuleBroken, SomebodyWasFaster

if TYPE_CHECKING:
    from services.process.models.run import Run


class NothingAgreedYet(RuleBroken):
    """The plan is not agreed yet. Both parties sign it before the path goes on."""


class SayWhy(RuleBroken):
    """This leaves the agreed path. Say in a sentence why, so that both parties can read it later."""


class ThePathHasEnded(RuleBroken):
    """This run has reached the end of its path. Plan a new run to go on."""


class NoSuchPhase(RuleBroken):
    """The path has no such phase still to come. Look at the plan as it stands now."""

    status = 422


class Moving:
    """What people do when a phase has had its time: close it and open the next."""

    def strays(self: "Run", to: str | None = None) -> list[str]:
        """How moving on now would leave the agreed path: nothing, or early | late | goal_not_reached | skipped."""
        ahead, found = self._way_to(to), []
        if self.current and not self.current.may_end_well:
            found.append("goal_not_reached")
        if ahead and (off := ahead[-1].opens_off_its_day(datetime.now(UTC))):
            found.append(off)
        return found + (["skipped"] if len(ahead) > 1 else [])

    def move_on(
        self: "Run", party: str, by: UUID, reason: str = "", to: str | None = None, leaving: str = ""
    ) -> None:
        """Leave the current phase for the next, or for a later one. `leaving` is the phase the person was looking at."""
        if self.current is None:
            raise ThePathHasEnded
        if leaving and leaving != self.current.key:
            raise SomebodyWasFaster
        if not self.version:
            raise NothingAgreedYet
        strays = self.strays(to)
        if strays and not shows_something(reason):
            raise SayWhy
        if strays:
            self._stray(strays, party, by, reason.strip())
        self.leave_for(self._way_to(to))

    def _way_to(self: "Run", to: str | None) -> list[Phase]:
        """The phases from here to there: those in between are left out."""
        coming = self.coming
        if to is None:
            return coming[:1]
        keys = [phase.key for phase in coming]
        if to not in keys:
            raise NoSuchPhase
        return coming[: keys.index(to) + 1]

    def _stray(self: "Run", how: list[str], party: str, by: UUID, reason: str) -> None:
        here = self.current
        assert here is not None
        decision = Decision(
            phase=here.key, how=how, reason=reason, party=party, decided_by=by, decided_at=datetime.now(UTC)
        )
        self.decisions.append(decision)
        for one in how:
            self.tell(StrayedFromPlan(run_id=self.id, phase=here.key, how=one, decision_id=decision.id))

    def leave_for(self: "Run", ahead: list[Phase]) -> None:
        here, now = self.current, datetime.now(UTC)
        assert here is not None
        goes_on = [activity for activity in here.activities if ahead and activity in ahead[-1].activities]
        here.closed_at = now
        self.set_the_clock_for(here)
        self.tell(PhaseClosed(run_id=self.id, phase=here.key, activities=here.activities, goes_on=goes_on))
        for drift in self.drifting:  # a new phase, a new look at plan and reality
            drift.over_at = now
        for phase in ahead[:-1]:
            phase.skipped_at = now
            self.set_the_clock_for(phase)
            self.notice("skipped", phase)
        if ahead:
            self.open(ahead[-1])
        else:
            self.complete()
        self.tell_where_we_are()

    def open(self: "Run", phase: Phase) -> None:
        now = datetime.now(UTC)
        if off := phase.opens_off_its_day(now):
            self.notice(f"opened_{off}", phase)
        phase.opened_at = now
        self.took_part = 0
        self.tell(
            PhaseOpened(
                run_id=self.id,
                phase=phase.key,
                phase_id=phase.id,
                activities=list(phase.activities),
                closes_at=phase.closes_at,
                settings=dict(phase.settings),
            )
        )
        self.set_the_clock_for(phase)
