"""A round of workshops in a run: opened by the agreed path, started by its first session, ended by people."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from services.workshop import sessions
from services.workshop.models.base import Base
from services.workshop.models.group import Group
from services.workshop.models.outcome import Outcome
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import TEMPLATES, RoundTemplate
from shared.contracts.workshop import RoundEnded, RoundStarted
from shared.database import new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.privacy.rewriting import ask_to_write_anew
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

KEPT_AFTER_ITS_END = timedelta(days=1)
"""For so long identity can still ask who was there, and a round that was closed too early goes on with its places."""


class RoundIsNotOpen(RuleBroken):
    """This round has not opened on the agreed path. Ask the lead to open its phase, then start."""


class RoundHasEnded(RuleBroken):
    """This round has ended. What the groups signed off stays; the agreed path shows what comes next."""


class Round(TenantOwned, TellsOthers, SetsTimers, Base):
    """Round 1 deepens the questions, round 2 finds solutions to the same questions."""

    __tablename__ = "round"
    __table_args__ = (
        unique_in_tenant("run_id", "number"),
        CheckConstraint("number IN (1, 2)", name="number"),
    )
    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    number: Mapped[int]
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def template(self) -> RoundTemplate:
        return TEMPLATES[self.number]

    @property
    def activity(self) -> str:
        return f"workshop_{self.number}"

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.ended_at is None

    @property
    def state(self) -> str:
        if self.ended_at:
            return "ended"
        return "started" if self.started_at else "open" if self.opened_at else "coming"

    def open(self, closes_at: datetime | None) -> None:
        """Sessions may start; a round that was closed too early goes on."""
        self._session.refresh(self, with_for_update=True)
        self.opened_at = self.opened_at or datetime.now(UTC)
        self._go_on()
        self.closes_at, self.ended_at = closes_at, None

    def start(self, workshop: Workshop, by: UUID) -> None:
        """A session starts, and with the first one the round."""
        if self.ended_at:
            raise RoundHasEnded
        if not self.opened_at:
            raise RoundIsNotOpen
        workshop.start(by)
        if not self.started_at:
            self.started_at = datetime.now(UTC)
            self.tell(RoundStarted(run_id=self.run_id, round=self.number))

    def end(self) -> None:
        """End the sessions that still go on, and the round; nothing happens the second time."""
        if self.ended_at or not self.opened_at:
            return
        for workshop in self._running():
            workshop.end()
        self.ended_at = datetime.now(UTC)
        self.schedule("forget_places", self.ended_at + KEPT_AFTER_ITS_END)
        if self.started_at:
            groups, outcomes = self._what_came_out()
            self.tell(RoundEnded(run_id=self.run_id, round=self.number, groups=groups, outcomes=outcomes))

    def forget_places(self) -> None:
        """Forgets who had a place and who was there, once the round has ended: from now on nobody knows it."""
        self._session.refresh(self, with_for_update=True)
        if self.ended_at:
            forget_places_of(self._sessions(), self.run_id, self._session)

    def _go_on(self) -> None:
        """Lets sessions that are still to come take people anew, where the places are forgotten already or were never known."""
        for workshop in self._sessions():
            if not workshop.takes_people:
                workshop.forget_places()
                if workshop.state == "coming":
                    workshop.open_for_sign_up(anew=True)

    @property
    def _session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session

    def _running(self) -> list[Workshop]:
        return [workshop for workshop in self._sessions() if workshop.is_running]

    def _sessions(self) -> list[Workshop]:
        return sessions.all_held(self._session, run_id=self.run_id, round=self.number)

    def _what_came_out(self) -> tuple[int, int]:
        groups = select(func.count(Group.id)).join(Workshop, Group.workshop_id == Workshop.id)
        groups = groups.where(
            Workshop.run_id == self.run_id, Workshop.round == self.number, Workshop.started_at.is_not(None)
        )
        outcomes = select(func.count(Outcome.id)).filter_by(run_id=self.run_id, round=self.number)
        outcomes = outcomes.where(Outcome.signed_off_on.is_not(None))
        return self._session.scalar(groups) or 0, self._session.scalar(outcomes) or 0


def forget_places_of(workshops: Iterable[Workshop], run_id: UUID, session: Session) -> None:
    """Ends what still goes on and lets the places go, of sessions that are locked: their keys first, then the rows, and in the
    night the files in which the rows were."""
    for workshop in workshops:
        if workshop.is_running:
            workshop.end()
        workshop.forget_places()
    ask_to_write_anew(session, run_id)
