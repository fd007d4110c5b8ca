"""The plan as an agreement: a proposal, its visible difference, and the answers of both parties."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.process.models.base import Base
from shared.contracts.api.process import ProposalState
from shared.contracts.process import PlanDeclined
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.process.models.run import Run

PARTIES = ("consultancy", "client")
COMPARED = ("opens_at", "closes_at", "opens_by", "activities")


class AlreadyAnswered(RuleBroken):
    """This proposal is not waiting for your answer. Look at the plan as it stands now."""


class NotYours(RuleBroken):
    """Only the party that made a proposal may withdraw it. You may accept or decline it."""

    status = 403


@dataclass(frozen=True)
class Change:
    """One visible difference between the agreed plan and a proposal."""

    phase: str
    what: str  # opens_at | closes_at | opens_by | activities
    was: Any
    becomes: Any


def changes_between(before: Sequence[Mapping], after: Sequence[Mapping]) -> Iterator[Change]:
    """Returns the differences of two plans, phase by phase, in the order of the path."""
    known = {phase["key"]: phase for phase in before}
    for phase in after:
        was = known.get(phase["key"], {})
        for what in COMPARED:
            if was.get(what) != phase.get(what):
                yield Change(phase["key"], what, was.get(what), phase.get(what))


class Answer(TenantOwned, Base):
    """A party's signature under a proposal, or its refusal."""

    __tablename__ = "answer"
    __table_args__ = (
        belongs_to("proposal_id", "proposal.id", ondelete="CASCADE"),
        unique_in_tenant("proposal_id", "party"),
    )

    id: Mapped[UUID] = new_id()
    proposal_id: Mapped[UUID] = mapped_column(init=False)
    party: Mapped[str]
    accepts: Mapped[bool]
    answered_by: Mapped[UUID]
    answered_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")


class Proposal(TenantOwned, TellsOthers, Base):
    """A version of the plan that one party proposes. Agreed when both have signed it."""

    __tablename__ = "proposal"
    __table_args__ = (
        belongs_to("run_id", "run.id", ondelete="CASCADE"),
        unique_in_tenant("run_id", "version"),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID] = mapped_column(init=False)
    version: Mapped[int]
    proposed_by: Mapped[str]
    why: Mapped[str]
    before: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    phases: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    proposed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    run: Mapped["Run"] = relationship(
        primaryjoin="foreign(Proposal.run_id) == Run.id", back_populates="proposals", init=False, repr=False
    )
    answers: Mapped[list[Answer]] = relationship(
        primaryjoin="foreign(Answer.proposal_id) == Proposal.id",
        order_by="Answer.answered_at",
        cascade="all, delete-orphan",
        default_factory=list,
        repr=False,
    )

    @property
    def state(self) -> ProposalState:
        if self.withdrawn_at:
            return "withdrawn"
        if any(not answer.accepts for answer in self.answers):
            return "declined"
        return "agreed" if len(self.answers) == len(PARTIES) else "waiting"

    @property
    def waits_for(self) -> str | None:
        """The party whose answer is missing."""
        if self.state != "waiting":
            return None
        return next(party for party in PARTIES if party not in {answer.party for answer in self.answers})

    @property
    def changes(self) -> list[Change]:
        return list(changes_between(self.before, self.phases))

    def sign(self, party: str, by: UUID) -> None:
        """Accept; with the second signature the proposal becomes the agreed path."""
        self._answer(party, by, accepts=True)
        if self.state == "agreed":
            self.run.agree_on(self)

    def decline(self, party: str, by: UUID, reason: str) -> None:
        self._answer(party, by, accepts=False, reason=reason)
        self.tell(PlanDeclined(run_id=self.run.id, version=self.version, by_id=by))
        self.run.tell_where_we_are()

    def withdraw(self, party: str) -> None:
        if self.state != "waiting":
            raise AlreadyAnswered
        if party != self.proposed_by:
            raise NotYours
        self.withdrawn_at = datetime.now(UTC)
        self.run.tell_where_we_are()

    def _answer(self, party: str, by: UUID, accepts: bool, reason: str = "") -> None:
        if self.waits_for != party:
            raise AlreadyAnswered
        now = datetime.now(UTC)
        self.answers.append(
            Answer(party=party, accepts=accepts, answered_by=by, answered_at=now, reason=reason.strip())
        )
