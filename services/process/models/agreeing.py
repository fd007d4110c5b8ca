"""A run's plan as an agreement: proposals, and what counts once both parties have signed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.process.agreement import as_plan, checked
from services.process.models.phase import Phase
from services.process.models.proposal import Answer, Proposal, changes_between
from shared.contracts.process import PhaseMoved, PlanAgreed, PlanProposed
from shared.problems import RuleBroken

if TYPE_CHECKING:
    from services.process.models.run import Run


class AProposalIsWaiting(RuleBroken):
    """Another proposal waits for an answer. Answer or withdraw that one first."""


class NothingChanges(RuleBroken):
    """This is the plan that is agreed already. Change something, or leave it as it is."""


class APhaseIsAboutToChange(RuleBroken):
    """A phase is about to change, as the plan stands now. Sign when it has changed, or take that back first."""


class Agreeing:
    """The part of a run that two parties agree on: they propose, sign, and go by it."""

    def propose(self: "Run", phases: Sequence[Mapping[str, Any]], why: str, party: str, by: UUID) -> Proposal:
        """Propose a plan, or a change to it. Whoever proposes has signed it."""
        if self.waiting_proposal:
            raise AProposalIsWaiting
        before = as_plan(self.phases)
        after = checked(phases, self.phases)
        if self.version and not list(changes_between(before, after)):
            raise NothingChanges
        now = datetime.now(UTC)
        proposal = Proposal(
            version=max((proposal.version for proposal in self.proposals), default=0) + 1,
            proposed_by=party,
            why=why.strip(),
            before=before if self.version else [],
            phases=after,
            proposed_at=now,
            answers=[Answer(party=party, accepts=True, answered_by=by, answered_at=now)],
        )
        self.proposals.append(proposal)
        self.tell(PlanProposed(run_id=self.id, version=proposal.version, proposed_by=party, by_id=by))
        self.tell_where_we_are()
        return proposal

    def agree_on(self: "Run", proposal: Proposal) -> None:
        """Both have signed: this is the agreed path now, and the clock goes by it."""
        if self.planned_move:
            raise APhaseIsAboutToChange
        before, self.version = as_plan(self.phases), proposal.version
        changed = [change.phase for change in changes_between(before, proposal.phases)]
        by_key = {phase["key"]: phase for phase in proposal.phases}
        for phase in self.phases:
            if phase.key in changed:
                self._move(phase, by_key[phase.key])
        self._tell_what_is_agreed(changed, by=proposal.answers[-1].answered_by)
        for phase in self.phases:
            self.set_the_clock_for(phase)
        self.reach("plan_agreed")

    def _tell_what_is_agreed(self: "Run", changed: Sequence[str], by: UUID) -> None:
        changes = sorted(set(changed))
        self.tell(PlanAgreed(run_id=self.id, version=self.version, changed_phases=changes, by_id=by))

    def _move(self: "Run", phase: Phase, planned: Mapping[str, Any]) -> None:
        dates = (phase.opens_at, phase.closes_at)
        phase.opens_at, phase.closes_at = moment(planned["opens_at"]), moment(planned["closes_at"])
        phase.opens_by, phase.activities = planned["opens_by"], list(planned["activities"])
        if dates != (phase.opens_at, phase.closes_at):
            self.tell(
                PhaseMoved(
                    run_id=self.id, phase=phase.key, opens_at=phase.opens_at, closes_at=phase.closes_at
                )
            )

    def set_the_clock_for(self: "Run", phase: Phase) -> None:
        opens_by_itself = bool(self.version) and phase.is_still_to_come and phase.opens_by != "hand"
        moments = {
            "phase_opens": phase.opens_at if opens_by_itself else None,
            "phase_is_looked_at": phase.looked_at if phase.is_open else None,
            "phase_is_overdue": phase.overdue_at if phase.is_open else None,
        }
        for name, at in moments.items():
            phase.schedule(name, at) if at else phase.cancel(name)


def moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
