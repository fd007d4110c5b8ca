"""A workshop session: its time and places, and the facilitator's way through its steps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from services.workshop.models.base import Base
from services.workshop.models.dividing import Divided
from services.workshop.models.group import Group
from services.workshop.models.keyed import Keyed
from services.workshop.models.leading import Led
from services.workshop.models.place import Place
from services.workshop.models.places_at import PlacesAt
from services.workshop.rounds import TEMPLATES, RoundTemplate, Step
from shared.database import new_id
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import notify_streams
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned


class NoQuestionForGroups(RuleBroken):
    """Choose at least one question from the table for the groups."""

    field = "questions"


class MinutesComeLater(RuleBroken):
    """The minutes come when the session is over. Until then your group's board is the place to look."""


class Workshop(PlacesAt, Divided, Led, Keyed, TenantOwned, TellsOthers, Base):
    """One session of a round."""

    __tablename__ = "workshop"
    __table_args__ = (
        Index(None, "tenant_id", "run_id", "round"),
        CheckConstraint("round IN (1, 2)", name="round"),
        CheckConstraint("places BETWEEN 1 AND 2000", name="places"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
    )
    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    round: Mapped[int]
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    places: Mapped[int]
    link: Mapped[str] = mapped_column(default="")
    """Where the talking happens: the video meeting's address."""
    turn: Mapped[int] = mapped_column(default=0)
    tellings: Mapped[int] = mapped_column(default=0)
    """How often it was told that people have moved up or given up."""
    moved_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its time was changed last."""
    facilitator: Mapped[UUID | None] = mapped_column(default=None)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    step_number: Mapped[int] = mapped_column(default=0)
    visit: Mapped[int] = mapped_column(default=0)
    """Counts up with every change of step, also back: a visit of a step is not the earlier visit."""
    timer_ends_at: Mapped[datetime | None] = mapped_column(default=None)
    broadcast: Mapped[str] = mapped_column(default="")
    broadcast_at: Mapped[datetime | None] = mapped_column(default=None)
    notes: Mapped[str] = mapped_column(default="")
    attendance: Mapped[int | None] = mapped_column(default=None)
    """How many were there: noted when it ends, because places go."""
    version: Mapped[int] = mapped_column(default=0)
    groups: Mapped[list[Group]] = relationship(
        primaryjoin="foreign(Group.workshop_id) == Workshop.id",
        order_by=Group.number,
        init=False,
        viewonly=True,
    )
    taken: Mapped[list[Place]] = relationship(
        primaryjoin="foreign(Place.workshop_id) == Workshop.id",
        init=False,
        viewonly=True,
    )

    @property
    def template(self) -> RoundTemplate:
        return TEMPLATES[self.round]

    @property
    def step(self) -> Step:
        return self.template.steps[self.step_number]

    @property
    def state(self) -> str:
        if self.cancelled_at:
            return "cancelled"
        return "ended" if self.ended_at else "running" if self.started_at else "coming"

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def attended(self) -> int:
        """How many have been there."""
        if self.attendance is not None:
            return self.attendance
        return sum(place.has_attended for place in self.taken)

    def must_show_minutes_to(self, participant: UUID | None) -> None:
        """Staff read them at any time; colleagues when the session is over."""
        if participant and self.state != "ended":
            raise MinutesComeLater

    def changed(self) -> None:
        """Shows the change to everybody who follows this session or one of its boards."""
        self.version += 1
        boards = select(Group.board_id).filter_by(workshop_id=self.id).where(Group.board_id.is_not(None))
        notify_streams(self._session, "workshop", self.id, *self._session.scalars(boards))

    @property
    def _session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session
