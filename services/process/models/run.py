"""Runs: one client organisation's way along its agreed path."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from services.process.agreement import as_plan, checked
from services.process.journey import Template
from services.process.models.base import Base
from services.process.models.decision import Decision
from services.process.models.drift import Drift
from services.process.models.phase import Phase
from services.process.models.proposal import Answer, Proposal, changes_between
from shared.contracts.process import (
    DriftNoticed,
    PhaseClosed,
    PhaseMoved,
    PhaseOpened,
    PlanAgreed,
    PlanProposed,
    RunCompleted,
    RunMoved,
    RunPlanned,
    StrayedFromPlan,
)
from shared.database import TellsOthers, new_id, ring, unring
from shared.problems import NotFound, RuleBroken, SomebodyWasFaster
from shared.tenancy import TenantOwned, current_tenant


class NothingAgreedYet(RuleBroken):
    """The plan is not agreed yet. Both parties sign it before the path goes on."""


class SayWhy(RuleBroken):
    """This leaves the agreed path. Say in a sentence why, so that both parties can read it later."""


class AProposalIsWaiting(RuleBroken):
    """Another proposal waits for an answer. Answer or withdraw that one first."""


class NothingChanges(RuleBroken):
    """This is the plan that is agreed already. Change something, or leave it as it is."""


class ThePathHasEnded(RuleBroken):
    """This run has reached the end of its path. Plan a new run to go on."""


class NoSuchPhase(RuleBroken):
    """The path has no such phase still to come. Look at the plan as it stands now."""

    status = 422


class Run(TenantOwned, TellsOthers, Base):
    """One client's agreed path, and where on it they are."""

    __tablename__ = "run"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    template: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    consultancy_id: Mapped[UUID | None] = mapped_column(default=None)
    led_by: Mapped[UUID | None] = mapped_column(
        default=None
    )  # of the consultancy: whom one asks about this run
    turnout_target: Mapped[float] = mapped_column(default=0.5)
    version: Mapped[int] = mapped_column(default=0)  # of the agreed plan; 0: nothing is agreed yet
    planned_at: Mapped[datetime]
    completed_at: Mapped[datetime | None] = mapped_column(default=None)
    took_part: Mapped[int] = mapped_column(default=0)
    invited: Mapped[int] = mapped_column(default=0)
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)
    read_enough: Mapped[list[str]] = mapped_column(ARRAY(Text), default_factory=list)  # themes at their floor
    phases: Mapped[list[Phase]] = relationship(
        primaryjoin="foreign(Phase.run_id) == Run.id",
        order_by=Phase.position,
        cascade="all, delete-orphan",
        default_factory=list,
        repr=False,
    )
    proposals: Mapped[list[Proposal]] = relationship(
        primaryjoin="foreign(Proposal.run_id) == Run.id",
        order_by=Proposal.version,
        back_populates="run",
        cascade="all, delete-orphan",
        default_factory=list,
        repr=False,
    )
    decisions: Mapped[list[Decision]] = relationship(
        primaryjoin="foreign(Decision.run_id) == Run.id",
        order_by=Decision.decided_at,
        cascade="all, delete-orphan",
        default_factory=list,
        repr=False,
    )
    drifts: Mapped[list[Drift]] = relationship(
        primaryjoin="foreign(Drift.run_id) == Run.id",
        order_by=Drift.noticed_at,
        cascade="all, delete-orphan",
        default_factory=list,
        repr=False,
    )

    @classmethod
    def plan(
        cls,
        session: Session,
        name: str,
        template: Template,
        starts_at: datetime,
        languages: list[str],
        **more: Any,
    ) -> "Run":
        """Copy a template: the road from its first day on, with its usual durations, proposed by the consultancy."""
        run = cls(
            name=name,
            template=template.key,
            languages=languages,
            turnout_target=template.turnout_target,
            planned_at=datetime.now(UTC),
            **more,
        )
        run.phases = phases_of(template, starts_at)
        session.add(run)
        session.flush()
        run.tell(
            RunPlanned(
                run_id=run.id, template=run.template, languages=languages, consultancy_id=run.consultancy_id
            )
        )
        run._open(run.phases[0])
        run.tell_where_we_are()
        return run

    @staticmethod
    def moved_by_one(session: Session, id: UUID) -> "Run":
        """The run, locked: whoever moves it, a person or the clock, does so alone."""
        run = session.scalars(select(Run).filter_by(id=id).with_for_update()).one_or_none()
        if run is None:
            raise NotFound
        return run

    # where we are

    @property
    def current(self) -> Phase | None:
        return next((phase for phase in self.phases if phase.is_open), None)

    @property
    def coming(self) -> list[Phase]:
        return [phase for phase in self.phases if phase.is_still_to_come]

    @property
    def activities(self) -> list[str]:
        """What people may do now."""
        return list(self.current.activities) if self.current else []

    @property
    def turnout(self) -> float | None:
        return self.took_part / self.invited if self.invited else None

    @property
    def waiting_proposal(self) -> Proposal | None:
        return next((proposal for proposal in self.proposals if proposal.state == "waiting"), None)

    @property
    def agreed_proposal(self) -> Proposal | None:
        return next((proposal for proposal in self.proposals if proposal.version == self.version), None)

    @property
    def waiting(self) -> list[str]:
        """What needs a person now."""
        proposal, here = self.waiting_proposal, self.current
        found = [f"{proposal.waits_for}_answers"] if proposal else []
        found += ["propose_plan"] if not self.version and not proposal else []
        found += ["move_on"] if self.version and here and here.goal_reached_at and self.coming else []
        return found

    @property
    def drifting(self) -> list[Drift]:
        return [drift for drift in self.drifts if drift.over_at is None]

    # the agreement

    def propose(self, phases: Sequence[Mapping[str, Any]], why: str, party: str, by: UUID) -> Proposal:
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
        self.tell(PlanProposed(run_id=self.id, version=proposal.version, proposed_by=party))
        self.tell_where_we_are()
        return proposal

    def agree_on(self, proposal: Proposal) -> None:
        """Both have signed: this is the agreed path now, and the clock goes by it."""
        before, self.version = as_plan(self.phases), proposal.version
        changed = [change.phase for change in changes_between(before, proposal.phases)]
        by_key = {phase["key"]: phase for phase in proposal.phases}
        for phase in self.phases:
            if phase.key in changed:
                self._move(phase, by_key[phase.key])
        self.tell(PlanAgreed(run_id=self.id, version=self.version, changed_phases=sorted(set(changed))))
        for phase in self.phases:
            self._set_the_clock_for(phase)
        self.reach("plan_agreed")

    def _move(self, phase: Phase, planned: Mapping[str, Any]) -> None:
        dates = (phase.opens_at, phase.closes_at)
        phase.opens_at, phase.closes_at = moment(planned["opens_at"]), moment(planned["closes_at"])
        phase.opens_by, phase.activities = planned["opens_by"], list(planned["activities"])
        if dates != (phase.opens_at, phase.closes_at):
            self.tell(
                PhaseMoved(
                    run_id=self.id, phase=phase.key, opens_at=phase.opens_at, closes_at=phase.closes_at
                )
            )

    def _set_the_clock_for(self, phase: Phase) -> None:
        session = object_session(self)
        assert session is not None
        moments: dict[str, datetime | None] = {
            "phase_opens": None,
            "phase_is_looked_at": None,
            "phase_is_overdue": None,
        }
        if self.version and phase.is_still_to_come and phase.opens_by != "hand":
            moments["phase_opens"] = phase.opens_at
        if phase.is_open:
            moments |= {"phase_is_looked_at": phase.looked_at, "phase_is_overdue": phase.overdue_at}
        for name, at in moments.items():
            ring(session, at, name, phase.id) if at else unring(session, name, phase.id)

    # moving on

    def strays(self, to: str | None = None) -> list[str]:
        """How moving on now would leave the agreed path: nothing, or early | late | goal_not_reached | skipped."""
        ahead, found = self._way_to(to), []
        if self.current and not self.current.may_end_well:
            found.append("goal_not_reached")
        if ahead and (off := ahead[-1].opens_off_its_day(datetime.now(UTC))):
            found.append(off)
        return found + (["skipped"] if len(ahead) > 1 else [])

    def move_on(
        self, party: str, by: UUID, reason: str = "", to: str | None = None, leaving: str = ""
    ) -> None:
        """Leave the current phase for the next, or for a later one. `leaving` is the phase the person was looking at."""
        if self.current is None:
            raise ThePathHasEnded
        if leaving and leaving != self.current.key:
            raise SomebodyWasFaster
        if not self.version:
            raise NothingAgreedYet
        strays = self.strays(to)
        if strays and not reason.strip():
            raise SayWhy
        if strays:
            self._stray(strays, party, by, reason.strip())
        self._leave_for(self._way_to(to))

    def _way_to(self, to: str | None) -> list[Phase]:
        """The phases from here to there: those in between are left out."""
        coming = self.coming
        if to is None:
            return coming[:1]
        keys = [phase.key for phase in coming]
        if to not in keys:
            raise NoSuchPhase
        return coming[: keys.index(to) + 1]

    def _stray(self, how: list[str], party: str, by: UUID, reason: str) -> None:
        here = self.current
        assert here is not None
        decision = Decision(
            phase=here.key, how=how, reason=reason, party=party, decided_by=by, decided_at=datetime.now(UTC)
        )
        self.decisions.append(decision)
        for one in how:
            self.tell(StrayedFromPlan(run_id=self.id, phase=here.key, how=one, decision_id=decision.id))

    def _leave_for(self, ahead: list[Phase]) -> None:
        here, now = self.current, datetime.now(UTC)
        assert here is not None
        goes_on = [activity for activity in here.activities if ahead and activity in ahead[-1].activities]
        here.closed_at = now
        self._set_the_clock_for(here)
        self.tell(PhaseClosed(run_id=self.id, phase=here.key, activities=here.activities, goes_on=goes_on))
        for drift in self.drifting:  # a new phase, a new look at plan and reality
            drift.over_at = now
        for phase in ahead[:-1]:
            phase.skipped_at = now
            self._set_the_clock_for(phase)
            self.notice("skipped", phase)
        if ahead:
            self._open(ahead[-1])
        else:
            self.completed_at = now
            self.tell(RunCompleted(run_id=self.id))
        self.tell_where_we_are()

    def _open(self, phase: Phase) -> None:
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
        self._set_the_clock_for(phase)

    # what the others and the clock report

    def reach(self, goal: str) -> None:
        """The goal of a phase is reached. People decide when to go on, or the plan says that this decides it."""
        for phase in self.phases:
            if phase.goal == goal and phase.goal_reached_at is None:
                phase.goal_reached_at = datetime.now(UTC)
                self._drift_is_over(phase.key, "few_readings", "low_turnout")
        self._go_on_if_the_plan_says_so("goal")
        self.tell_where_we_are()

    def open_by_date(self, phase: Phase) -> None:
        """The agreed moment of a phase has come. It opens when it is next; else people have to catch up first."""
        self._go_on_if_the_plan_says_so(phase.opens_by, only=phase)

    def _go_on_if_the_plan_says_so(self, by: str, only: Phase | None = None) -> None:
        following = self.coming[0] if self.coming else None
        here, now = self.current, datetime.now(UTC)
        if not self.version or here is None or following is None or only not in (None, following):
            return
        is_time = following.opens_at is None or following.opens_at <= now
        if following.opens_by == by and is_time and (by == "date" or here.goal_reached_at):
            self.look_at(here)
            self._leave_for([following])

    def look_at(self, phase: Phase) -> None:
        """Do enough people take part? Asked two thirds into a phase, and when the clock ends it."""
        if phase.is_open and phase.goal == "turnout_reached" and not phase.may_end_well:
            self.notice("low_turnout", phase)
        if phase.is_open and phase.goal == "all_read_enough" and not phase.may_end_well:
            self.notice("few_readings", phase)

    def notice(self, kind: str, phase: Phase) -> None:
        """Plan and reality differ; said once for each phase."""
        if any(drift.phase == phase.key and drift.kind == kind for drift in self.drifts):
            return
        self.drifts.append(Drift(phase=phase.key, kind=kind, noticed_at=datetime.now(UTC)))
        self.tell(DriftNoticed(run_id=self.id, phase=phase.key, kind=kind))
        self.tell_where_we_are()

    def _drift_is_over(self, phase: str, *kinds: str) -> None:
        for drift in self.drifting:
            if drift.phase == phase and drift.kind in kinds:
                drift.over_at = datetime.now(UTC)

    def count_turnout(self, activity: str, took_part: int, invited: int) -> None:
        if activity not in self.activities:
            return
        self.took_part, self.invited = took_part, invited
        if invited and took_part >= invited * self.turnout_target:
            self.reach("turnout_reached")
        self.tell_where_we_are()

    def has_theme(self, theme_id: UUID) -> None:
        self.themes = sorted({*self.themes, str(theme_id)})

    def theme_is_read_enough(self, theme_id: UUID) -> None:
        self.read_enough = sorted({*self.read_enough, str(theme_id)})
        if set(self.themes) <= set(self.read_enough):
            self.reach("all_read_enough")

    def tell_where_we_are(self) -> None:
        """For the consultancy that leads the run: steps and counts, from the client's rooms into its own."""
        here = self.current or self.phases[-1]
        if self.consultancy_id is None:
            return
        following = self.coming[0] if self.coming else None
        self.tell(
            RunMoved(
                run_id=self.id,
                client_id=current_tenant(),
                consultancy_id=self.consultancy_id,
                phase=here.key,
                next_phase=following.key if following else None,
                next_at=following.opens_at if following else here.closes_at,
                drift=[drift.kind for drift in self.drifting],
                waiting=self.waiting,
                took_part=self.took_part,
                invited=self.invited,
                template=self.template,
                completed=self.completed_at is not None,
                turnout_target=self.turnout_target,
                led_by=self.led_by,
            )
        )


def phases_of(template: Template, starts_at: datetime) -> list[Phase]:
    dated = zip(template.phases, template.dates_from(starts_at), strict=True)
    return [
        Phase(
            position=position,
            key=planned.key,
            step=planned.step,
            activities=list(planned.activities),
            settings=dict(planned.settings),
            goal=planned.goal,
            opens_by=planned.opens_by,
            opens_at=opens,
            closes_at=closes,
        )
        for position, (planned, (opens, closes)) in enumerate(dated, start=1)
    ]


def moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
