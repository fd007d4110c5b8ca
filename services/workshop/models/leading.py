"""The facilitator's way through a session: start, steps, timer, a sentence to all, handing over, the end."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from services.workshop.models.base import Base
from services.workshop.models.refusals import AlreadyStarted
from services.workshop.models.sign_of_life import SignOfLife
from shared.contracts.workshop import WorkshopHandedOver
from shared.database import belongs_to, new_id
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.workshop.models.workshop import Workshop


class GroupsComeFirst(RuleBroken):
    """Form the groups first, then start."""


class NotStarted(RuleBroken):
    """The session has not started. Start it first."""


class SomebodyElseLeads(RuleBroken):
    """Another facilitator leads this session now. Take over first."""


class NoFurtherStep(RuleBroken):
    """There is no further step in this direction."""


class HandOver(TenantOwned, Base):
    """A change of a session's leader: who leads from when on."""

    __tablename__ = "hand_over"
    __table_args__ = (belongs_to("workshop_id", "workshop.id"), Index(None, "tenant_id", "workshop_id"))
    id: Mapped[UUID] = new_id()
    workshop_id: Mapped[UUID]
    to: Mapped[UUID]
    by: Mapped[UUID]
    at: Mapped[datetime]


class Led:
    """The part of a session that its facilitator leads."""

    if TYPE_CHECKING:
        facilitator: Mapped[UUID | None]
        started_at: Mapped[datetime | None]
        ended_at: Mapped[datetime | None]
        attendance: Mapped[int | None]
        timer_ends_at: Mapped[datetime | None]
        broadcast_at: Mapped[datetime | None]
        step_number: Mapped[int]
        visit: Mapped[int]
        broadcast: Mapped[str]

    def start(self: "Workshop", by: UUID) -> None:
        if self.started_at or self.cancelled_at:
            raise AlreadyStarted
        if not self.groups or any(group.board_id is None for group in self.groups):
            raise GroupsComeFirst
        self.started_at, self.step_number, self.visit = datetime.now(UTC), 0, 1
        self.give_hands()
        if self.facilitator is None:
            self.hand_over(by, by)
        self._set_timer(self.step.minutes * 60)
        self.changed()

    def go_to(self: "Workshop", number: int, by: UUID) -> None:
        """Everybody moves to this step together, forward or back; nothing on the boards is lost by it."""
        self._must_lead(by)
        if not 0 <= number < len(self.template.steps):
            raise NoFurtherStep
        if number != self.step_number:
            self.step_number, self.visit = number, self.visit + 1
            self._set_timer(self.step.minutes * 60)
            self.changed()

    def set_timer(self: "Workshop", seconds: int, by: UUID) -> None:
        self._must_lead(by)
        self._set_timer(seconds)
        self.changed()

    def say_to_all(self: "Workshop", sentence: str, by: UUID) -> None:
        self._must_lead(by)
        self.broadcast, self.broadcast_at = sentence.strip(), datetime.now(UTC)
        self.changed()

    def hand_over(self: "Workshop", to: UUID, by: UUID) -> None:
        """From now on `to` leads; taking over is handing over to oneself."""
        if self.facilitator != to:
            self.facilitator = to
            self._session.add(HandOver(workshop_id=self.id, to=to, by=by, at=datetime.now(UTC)))
            self.changed()
            if self.state == "coming":
                self.tell(WorkshopHandedOver(run_id=self.run_id, session_id=self.id, round=self.round))

    def end(self: "Workshop") -> None:
        """The session is over; its boards stay, who wrote what is forgotten. Who was there stays sealed until the round is over."""
        if not self.started_at:
            raise NotStarted
        if self.ended_at:
            return
        self.forget_hands()
        self.ended_at, self.timer_ends_at = datetime.now(UTC), None
        self.attendance = sum(place.has_attended for place in self.taken)
        for group in self.groups:
            group.attendance = group.attended
            group.is_helped()
            for board in group.boards:
                board.forget_who()
        self.forget_traits()
        SignOfLife.forget(self.id, self._session)
        ask_to_write_anew(self._session, self.run_id)
        self.changed()

    def _must_lead(self: "Workshop", by: UUID) -> None:
        if not self.is_running:
            raise NotStarted
        if self.facilitator != by:
            raise SomebodyElseLeads

    def _set_timer(self: "Workshop", seconds: int) -> None:
        self.timer_ends_at = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None
