"""A round of workshops in a run: opened by the agreed path, started by its first session, ended by people."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from services.workshop.models.base import Base
from services.workshop.models.group import Group
from services.workshop.models.outcome import Outcome
from services.workshop.models.place import Place
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import TEMPLATES, RoundTemplate
from shared.contracts.workshop import AttendeesCounted, RoundEnded, RoundStarted
from shared.database import TellsOthers, new_id, ring, unique_in_tenant, unring
from shared.problems import RuleBroken
from shared.tenancy import TenantOwned

AT_MOST = 1000  # pseudonyms in one event
COUNT_AGAIN = timedelta(days=1)


class RoundIsNotOpen(RuleBroken):
    """This round has not opened on the agreed path. Ask the lead to open its phase, then start."""


class RoundHasEnded(RuleBroken):
    """This round has ended. What the groups signed off stays; the agreed path shows what comes next."""


class Round(TenantOwned, TellsOthers, Base):
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

    @classmethod
    def of(cls, run_id: UUID, number: int, session: Session) -> "Round":
        """The run's round, laid out if need be."""
        session.execute(insert(cls).values(id=uuid4(), run_id=run_id, number=number).on_conflict_do_nothing())
        return session.scalars(select(cls).filter_by(run_id=run_id, number=number)).one()

    @classmethod
    def as_it_stands(cls, run_id: UUID, number: int, session: Session) -> "Round":
        """The run's round to look at; one that is not laid out yet is still to come, and stays so."""
        found = session.scalars(select(cls).filter_by(run_id=run_id, number=number)).one_or_none()
        return found or cls(run_id=run_id, number=number)

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
        self.opened_at = self.opened_at or datetime.now(UTC)
        self.closes_at, self.ended_at = closes_at, None
        ring(self._session, datetime.now(UTC) + COUNT_AGAIN, "count_attendees", self.id)

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
        self.count_attendees()
        unring(self._session, "count_attendees", self.id)
        if self.started_at:
            groups, outcomes = self._what_came_out()
            self.tell(RoundEnded(run_id=self.run_id, round=self.number, groups=groups, outcomes=outcomes))

    def count_attendees(self) -> None:
        """Tell who has been at a workshop of this round, apart from anything they wrote."""
        for participants in _in_parts(self._attendees()):
            self.tell(AttendeesCounted(run_id=self.run_id, activity=self.activity, participants=participants))

    def count_daily(self) -> None:
        if self.is_open:
            self.count_attendees()
            ring(self._session, datetime.now(UTC) + COUNT_AGAIN, "count_attendees", self.id)

    @property
    def _session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session

    def _running(self) -> list:
        mine = select(Workshop).filter_by(run_id=self.run_id, round=self.number, ended_at=None)
        return list(self._session.scalars(mine.where(Workshop.started_at.is_not(None)).with_for_update()))

    def _attendees(self) -> list[UUID]:
        mine = select(Place.participant).join(Workshop, Place.workshop_id == Workshop.id)
        mine = mine.where(Workshop.run_id == self.run_id, Workshop.round == self.number, Place.has_attended)
        return list(self._session.scalars(mine.distinct()))

    def _what_came_out(self) -> tuple[int, int]:
        groups = select(func.count(Group.id)).join(Workshop, Group.workshop_id == Workshop.id)
        groups = groups.where(
            Workshop.run_id == self.run_id, Workshop.round == self.number, Workshop.started_at.is_not(None)
        )
        outcomes = select(func.count(Outcome.id)).filter_by(run_id=self.run_id, round=self.number)
        outcomes = outcomes.where(Outcome.signed_off_on.is_not(None))
        return self._session.scalar(groups) or 0, self._session.scalar(outcomes) or 0


def _in_parts(participants: list[UUID]) -> Iterator[list[UUID]]:
    """Shuffled with the operating system's randomness: no order ties them to anything."""
    random.SystemRandom().shuffle(participants)
    for start in range(0, len(participants), AT_MOST):
        yield participants[start : start + AT_MOST]
