"""Runs: one client organisation's way along its agreed path."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.process.journey import Template
from services.process.models.agreeing import Agreeing
from services.process.models.base import Base
from services.process.models.decision import Decision
from services.process.models.drift import Drift
from services.process.models.moving import Moving
from services.process.models.phase import Phase
from services.process.models.planned_move import PlannedMove
from services.process.models.proposal import Proposal
from services.process.models.watching import Watching
from shared.contracts.process import RunCompleted, RunMoved, RunPlanned
from shared.database import new_id
from shared.messaging.outbox import TellsOthers
from shared.tenancy.sessions import TenantOwned, current_tenant


class Run(Agreeing, Moving, Watching, TenantOwned, TellsOthers, Base):
    """One client's agreed path, and where on it they are."""

    __tablename__ = "run"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    template: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    consultancy_id: Mapped[UUID | None] = mapped_column(default=None)
    led_by: Mapped[UUID | None] = mapped_column(default=None)  # of the consultancy: whom one asks about it
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
    planned_moves: Mapped[list[PlannedMove]] = relationship(
        primaryjoin="foreign(PlannedMove.run_id) == Run.id",
        order_by=PlannedMove.planned_at,
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
        name: str,
        template: Template,
        starts_at: datetime,
        languages: list[str],
        **more: Any,
    ) -> "Run":
        """Copy a template: the path from its first day on, with its usual durations, proposed by the consultancy."""
        run = cls(
            name=name,
            template=template.key,
            languages=languages,
            turnout_target=template.turnout_target,
            planned_at=datetime.now(UTC),
            **more,
        )
        run.phases = phases_of(template, starts_at)
        run.tell(
            RunPlanned(
                run_id=run.id,
                template=run.template,
                languages=languages,
                consultancy_id=run.consultancy_id,
                by_id=run.led_by,
            )
        )
        run.open(run.phases[0], run.led_by)
        run.tell_where_we_are()
        return run

    @property
    def current(self) -> Phase | None:
        return next((phase for phase in self.phases if phase.is_open), None)

    @property
    def coming(self) -> list[Phase]:
        return [phase for phase in self.phases if phase.is_still_to_come]

    @property
    def activities(self) -> list[str]:
        """Returns the activities that are open now."""
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
        """Returns what waits for a person now."""
        proposal, here = self.waiting_proposal, self.current
        found = [f"{proposal.waits_for}_answers"] if proposal else []
        found += ["propose_plan"] if not self.version and not proposal else []
        is_ripe = self.version and here and here.goal_reached_at and self.coming
        found += ["move_on"] if is_ripe and not self.planned_move else []
        return found

    @property
    def planned_move(self) -> PlannedMove | None:
        """Returns the move that has been announced and can be taken back until its moment, or None."""
        return next((move for move in self.planned_moves if move.is_waiting), None)

    @property
    def drifting(self) -> list[Drift]:
        return [drift for drift in self.drifts if drift.over_at is None]

    def complete(self, by: UUID | None) -> None:
        """The last phase is over."""
        self.completed_at = datetime.now(UTC)
        self.tell(RunCompleted(run_id=self.id, by_id=by))

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
