"""Moving a run on along its path, on its day or, with a reason, otherwise."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from services.process.models.decision import Decision
from services.process.models.phase import Phase
from services.process.models.planned_move import PlannedMove
from shared.contracts.process import PhaseClosed, PhaseOpened, StrayedFromPlan
from shared.problems import NotFound, RuleBroken, SomebodyWasFaster
from shared.web.cleaning import shows_something

if TYPE_CHECKING:
    from services.process.models.run import Run


class NothingAgreedYet(RuleBroken):
    """The plan is not agreed yet. Both parties sign it before the path goes on."""


class SayWhy(RuleBroken):
    """This leaves the agreed path. Say in a sentence why, so that both parties can read it later."""

    field = "reason"


class ThePathHasEnded(RuleBroken):
    """This run has reached the end of its path. Plan a new run to go on."""


class NoSuchPhase(RuleBroken):
    """The path has no such phase still to come. Look at the plan as it stands now."""

    status = 422


@dataclass(frozen=True)
class Ahead:
    """A move as it would be now, for those who want to see it first."""

    here: Phase
    way: list[Phase]
    strays: list[str]

    @property
    def leaving(self) -> str:
        return self.here.key

    @property
    def to(self) -> str | None:
        return self.way[-1].key if self.way else None

    @property
    def closes_at(self) -> datetime | None:
        return self.way[-1].closes_at if self.way else None

    @property
    def skips(self) -> list[Phase]:
        return self.way[:-1]

    @property
    def goes_on(self) -> list[str]:
        return [name for name in self.here.activities if self.way and name in self.way[-1].activities]

    @property
    def closes(self) -> list[str]:
        return [name for name in self.here.activities if name not in self.goes_on]

    @property
    def opens(self) -> list[str]:
        """Returns the activities that this move opens; those that go on are not among them."""
        return [name for name in self.way[-1].activities if name not in self.goes_on] if self.way else []


class AMoveIsPlanned(RuleBroken):
    """A phase is about to change, by itself in a few minutes. Take that back first, or have it happen at once."""


class Moving:
    """The part of a run that people move: they close a phase and open the next, at once or a little later."""

    def strays(self: "Run", to: str | None = None) -> list[str]:
        """How moving on now would leave the agreed path: nothing, or early | late | goal_not_reached | skipped."""
        ahead, found = self._way_to(to), []
        if self.current and not self.current.may_end_well:
            found.append("goal_not_reached")
        if ahead and (off := ahead[-1].opens_off_its_day(datetime.now(UTC))):
            found.append(off)
        return found + (["skipped"] if len(ahead) > 1 else [])

    def ahead(self: "Run", to: str | None = None) -> "Ahead":
        """Returns what moving on now would do: to the next phase, or to a later one."""
        if self.current is None:
            raise ThePathHasEnded
        return Ahead(self.current, self._way_to(to), self.strays(to))

    def move_on(
        self: "Run", party: str, by: UUID, reason: str = "", to: str | None = None, leaving: str = ""
    ) -> None:
        """Leave the current phase for the next, or for a later one. `leaving` is the phase the person was looking at."""
        strays = self._may_leave(leaving, to, reason)
        if strays:
            self._stray(strays, party, by, reason.strip())
        self.leave_for(self._way_to(to), by)

    def plan_to_move_on(
        self: "Run",
        after: timedelta,
        party: str,
        by: UUID,
        reason: str = "",
        to: str | None = None,
        leaving: str = "",
    ) -> None:
        """Announces the same for a moment to come. Until then nothing changes and nobody is told, and it can be taken back."""
        strays, way = self._may_leave(leaving, to, reason), self._way_to(to)
        here, now = self.current, datetime.now(UTC)
        assert here is not None
        move = PlannedMove(
            leaving=here.key,
            to=way[-1].key if way else None,
            strays=strays,
            reason=reason.strip() if strays else "",
            party=party,
            planned_by=by,
            planned_at=now,
            moves_at=now + after,
        )
        self.planned_moves.append(move)
        move.schedule("planned_move", move.moves_at)
        self.tell_where_we_are()

    def planned(self: "Run", move_id: UUID) -> PlannedMove:
        """Returns the move with this id, whatever has become of it; raises NotFound."""
        for move in self.planned_moves:
            if move.id == move_id:
                return move
        raise NotFound

    def take_back(self: "Run", move: PlannedMove, by: UUID) -> None:
        """Takes an announced move back: the phase goes on as if nothing had been said. Its timer is left to find that out: whoever
        deletes it here, holding the run, waits for a worker that has taken it and waits for the run."""
        move.take_back(by)
        self.tell_where_we_are()

    def go_through_with(self: "Run", move: PlannedMove) -> None:
        """Does what was announced: at its moment, or at once where somebody says so."""
        move.must_wait()
        reason = move.reason
        move.has_moved()
        if move.strays:
            self._stray(move.strays, move.party, move.planned_by, reason)
        self.leave_for(self._way_to(move.to), move.planned_by)

    def _may_leave(self: "Run", leaving: str, to: str | None, reason: str) -> list[str]:
        """Returns how it would leave the agreed path; raises the rule that forbids it."""
        if self.current is None:
            raise ThePathHasEnded
        if leaving and leaving != self.current.key:
            raise SomebodyWasFaster
        if not self.version:
            raise NothingAgreedYet
        if self.planned_move:
            raise AMoveIsPlanned
        strays = self.strays(to)
        if strays and not shows_something(reason):
            raise SayWhy
        return strays

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
            self.tell(
                StrayedFromPlan(run_id=self.id, phase=here.key, how=one, decision_id=decision.id, by_id=by)
            )

    def leave_for(self: "Run", ahead: list[Phase], by: UUID | None = None) -> None:
        """Closes the phase and opens the last of these; by the clock where nobody does it."""
        here, now = self.current, datetime.now(UTC)
        assert here is not None
        goes_on = Ahead(here, ahead, []).goes_on
        here.closed_at = now
        self.set_the_clock_for(here)
        self.tell(
            PhaseClosed(run_id=self.id, phase=here.key, activities=here.activities, goes_on=goes_on, by_id=by)
        )
        for drift in self.drifting:  # a new phase, a new look at plan and reality
            drift.over_at = now
        for phase in ahead[:-1]:
            phase.skipped_at = now
            self.set_the_clock_for(phase)
            self.notice("skipped", phase)
        if ahead:
            self.open(ahead[-1], by)
        else:
            self.complete(by)
        self.tell_where_we_are()

    def open(self: "Run", phase: Phase, by: UUID | None = None) -> None:
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
                by_id=by,
            )
        )
        self.set_the_clock_for(phase)
