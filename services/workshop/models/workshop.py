"""A workshop session: its time and places, and the facilitator's way through its steps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session, relationship

from services.workshop.grouping import best_group_for, divide, even_out, how_many
from services.workshop.models.base import Base
from services.workshop.models.group import Group
from services.workshop.models.place import Place
from services.workshop.rounds import TEMPLATES, RoundTemplate, Step
from shared.contracts.workshop import GroupsFormed, WorkshopScheduled
from shared.database import TellsOthers, belongs_to, new_id, wake
from shared.problems import NotFound, RuleBroken
from shared.tenancy import TenantOwned
from shared.tokens import Caller


class EndsBeforeItStarts(RuleBroken):
    """A session must end after it starts. Check the times."""


class SignUpIsOver(RuleBroken):
    """This session has ended or was called off. Choose another."""


class PlaceElsewhere(RuleBroken):
    """You have a place in another session of this round. Leave it first, then sign up here."""


class NoPlaceHere(RuleBroken):
    """You have no place in this session. Sign up first."""


class AllPlacesTaken(RuleBroken):
    """All places of this session are taken. Sign up for the waiting list or choose another session."""


class NobodyToDivide(RuleBroken):
    """Nobody has signed up yet, so there is nobody to divide."""


class NoQuestionForGroups(RuleBroken):
    """Choose at least one question from the table for the groups."""


class GroupsComeFirst(RuleBroken):
    """Form the groups first, then start."""


class NotStarted(RuleBroken):
    """The session has not started. Start it first."""


class AlreadyStarted(RuleBroken):
    """The session has started, so this stays as it is."""


class SomebodyElseLeads(RuleBroken):
    """Another facilitator leads this session now. Take over first."""


class NoFurtherStep(RuleBroken):
    """There is no further step in this direction."""


class MinutesComeLater(RuleBroken):
    """The minutes come when the session is over. Until then your group's board is the place to look."""


class NotFromHere(RuleBroken):
    """This person or group belongs to another session."""


class HandOver(TenantOwned, Base):
    """Who led a session from when on."""

    __tablename__ = "hand_over"
    __table_args__ = (belongs_to("workshop_id", "workshop.id"), Index(None, "tenant_id", "workshop_id"))
    id: Mapped[UUID] = new_id()
    workshop_id: Mapped[UUID]
    to: Mapped[UUID]
    by: Mapped[UUID]
    at: Mapped[datetime]


class Workshop(TenantOwned, TellsOthers, Base):
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
    version: Mapped[int] = mapped_column(default=0)
    groups: Mapped[list[Group]] = relationship(
        primaryjoin="foreign(Group.workshop_id) == Workshop.id",
        order_by=Group.number,
        init=False,
        viewonly=True,
    )
    taken: Mapped[list[Place]] = relationship(
        primaryjoin="foreign(Place.workshop_id) == Workshop.id",
        order_by=Place.turn,
        init=False,
        viewonly=True,
    )

    @classmethod
    def locked(cls, workshop_id: UUID, session: Session) -> "Workshop":
        query = (
            select(cls).filter_by(id=workshop_id).with_for_update().execution_options(populate_existing=True)
        )
        workshop = session.scalars(query).one_or_none()
        if workshop is None:
            raise NotFound
        return workshop

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

    # --- time and places

    def schedule(self, starts_at: datetime, ends_at: datetime, places: int) -> None:
        if ends_at <= starts_at:
            raise EndsBeforeItStarts
        self.starts_at, self.ends_at, self.places = starts_at, ends_at, places
        self._let_the_waiting_in()
        self._tell_schedule()

    def call_off(self) -> None:
        if self.started_at:
            raise AlreadyStarted
        self.cancelled_at = self.cancelled_at or datetime.now(UTC)

    def sign_up(self, caller: Caller) -> Place:
        """A place, or a place on the waiting list; signing up twice gives one."""
        self._must_take_people()
        if mine := self.place_of(caller.subject):
            return mine
        if self._has_place_elsewhere(caller.subject):
            raise PlaceElsewhere
        return self._take_place(caller, is_waiting=not self.places_left)

    def leave(self, participant: UUID) -> None:
        mine = self.place_of(participant)
        if mine is None:
            raise NoPlaceHere
        if self.started_at and mine.has_attended:
            raise AlreadyStarted
        self._session.delete(mine)
        self._session.flush()
        self._let_the_waiting_in()

    @property
    def places_left(self) -> int:
        return max(0, self.places - self._count(is_waiting=False))

    @property
    def waiting(self) -> int:
        return self._count(is_waiting=True)

    def place_of(self, participant: UUID) -> Place | None:
        mine = select(Place).filter_by(workshop_id=self.id, participant=participant)
        return self._session.scalars(mine).one_or_none()

    def number_in_line(self, place: Place) -> int:
        before = select(func.count(Place.id)).filter_by(workshop_id=self.id, is_waiting=True)
        return (self._session.scalar(before.where(Place.turn <= place.turn)) or 0) if place.is_waiting else 0

    # --- groups

    def form_groups(
        self,
        size: int,
        together: Sequence[Sequence[UUID]] = (),
        apart: Sequence[Sequence[UUID]] = (),
        seed: int = 0,
    ) -> list[Group]:
        """Divide those who have a place; forming again before the start forgets the first attempt."""
        if self.started_at:
            raise AlreadyStarted
        people = {place.id: place for place in self._with_a_place()}
        if not people:
            raise NobodyToDivide
        self._forget_groups()
        seated = [place.as_seated for place in people.values()]
        circles = divide(seated, how_many(len(people), size), together, apart, seed)
        groups = [self._new_group(number, circle, people) for number, circle in enumerate(circles, start=1)]
        self.tell(GroupsFormed(run_id=self.run_id, session_id=self.id, round=self.round, groups=len(groups)))
        self.changed()
        return groups

    def even_out(self) -> int:
        """When people stay away, groups of those who are here get even again; how many moved."""
        groups = [group for group in self.groups if group.places]
        here = [[place.as_seated for place in group.here] for group in groups]
        if not any(here):
            return 0
        places = {place.id: place for group in groups for place in group.here}
        moves = even_out(here)
        for place_id, number in moves.items():
            groups[number].take_in([places[place_id]])  # type: ignore[index]
        self.changed()
        return len(moves)

    def move(self, place: Place, group: Group) -> None:
        if place.workshop_id != self.id or group.workshop_id != self.id or place.is_waiting:
            raise NotFromHere
        place.group_id = group.id
        self.changed()

    def arrive(self, caller: Caller) -> Place:
        """Somebody opens the session: they are here, and in a group as soon as there are groups."""
        mine = self.place_of(caller.subject) or self._arrive_unannounced(caller)
        if mine.is_waiting:
            self._let_in_late(mine)
        if mine.group_id is None and self.groups and not self.ended_at:
            self._find_group(mine)
        self.see(mine)
        return mine

    def see(self, place: Place) -> None:
        """A sign of life; those who follow the group see somebody come."""
        if not self.is_running or not place.show_life():
            return
        for group in self.groups:
            if group.id == place.group_id:
                group.changed()

    # --- the facilitator's way through the session

    def start(self, by: UUID) -> None:
        if self.started_at or self.cancelled_at:
            raise AlreadyStarted
        if not self.groups or any(group.board_id is None for group in self.groups):
            raise GroupsComeFirst
        self.started_at, self.step_number, self.visit = datetime.now(UTC), 0, 1
        if self.facilitator is None:
            self.hand_over(by, by)
        self._set_timer(self.step.minutes * 60)
        self.changed()

    def go_to(self, number: int, by: UUID) -> None:
        """Everybody moves to this step together, forward or back; nothing on the boards is lost by it."""
        self._must_lead(by)
        if not 0 <= number < len(self.template.steps):
            raise NoFurtherStep
        if number != self.step_number:
            self.step_number, self.visit = number, self.visit + 1
            self._set_timer(self.step.minutes * 60)
            self.changed()

    def set_timer(self, seconds: int, by: UUID) -> None:
        self._must_lead(by)
        self._set_timer(seconds)
        self.changed()

    def say_to_all(self, sentence: str, by: UUID) -> None:
        self._must_lead(by)
        self.broadcast, self.broadcast_at = sentence.strip(), datetime.now(UTC)
        self.changed()

    def hand_over(self, to: UUID, by: UUID) -> None:
        """From now on `to` leads; taking over is handing over to oneself."""
        if self.facilitator != to:
            self.facilitator = to
            self._session.add(HandOver(workshop_id=self.id, to=to, by=by, at=datetime.now(UTC)))
            self.changed()

    def end(self) -> None:
        """The session is over; its boards stay, who wrote what is forgotten."""
        if not self.started_at:
            raise NotStarted
        if self.ended_at:
            return
        self.ended_at, self.timer_ends_at = datetime.now(UTC), None
        for group in self.groups:
            group.is_helped()
            for board in group.boards:
                board.forget_who()
        for place in self.taken:
            place.forget()
        self.changed()

    def must_show_minutes_to(self, participant: UUID | None) -> None:
        """Staff read them at any time; colleagues when the session is over."""
        if participant and self.state != "ended":
            raise MinutesComeLater

    def changed(self) -> None:
        """Everybody who follows this session or one of its boards hears of it."""
        self.version += 1
        wake(self._session, "workshop", self.id)
        for board_id in self._session.scalars(select(Group.board_id).filter_by(workshop_id=self.id)):
            if board_id:
                wake(self._session, "workshop", board_id)

    @property
    def _session(self) -> Session:
        session = object_session(self)
        assert session is not None
        return session

    def _must_lead(self, by: UUID) -> None:
        if not self.is_running:
            raise NotStarted
        if self.facilitator != by:
            raise SomebodyElseLeads

    def _must_take_people(self) -> None:
        if self.ended_at or self.cancelled_at:
            raise SignUpIsOver

    def _count(self, is_waiting: bool) -> int:
        mine = select(func.count(Place.id)).filter_by(workshop_id=self.id, is_waiting=is_waiting)
        return self._session.scalar(mine) or 0

    def _has_place_elsewhere(self, participant: UUID) -> bool:
        others = select(Place.id).join(Workshop, Place.workshop_id == Workshop.id)
        others = others.where(
            Place.participant == participant,
            Workshop.run_id == self.run_id,
            Workshop.round == self.round,
            Workshop.id != self.id,
            Workshop.cancelled_at.is_(None),
        )
        return self._session.scalar(others.limit(1)) is not None

    def _take_place(self, caller: Caller, is_waiting: bool) -> Place:
        self.turn += 1
        place = Place.for_caller(self.id, caller, self.turn, is_waiting)
        self._session.add(place)
        self._session.flush()
        return place

    def _let_the_waiting_in(self) -> None:
        free = self.places_left
        waiting = (
            select(Place).filter_by(workshop_id=self.id, is_waiting=True).order_by(Place.turn).limit(free)
        )
        for place in self._session.scalars(waiting):
            place.is_waiting = False

    def _arrive_unannounced(self, caller: Caller) -> Place:
        self._must_take_people()
        if not self.places_left:
            raise AllPlacesTaken
        if self._has_place_elsewhere(caller.subject):
            raise PlaceElsewhere
        return self._take_place(caller, is_waiting=False)

    def _let_in_late(self, place: Place) -> None:
        if not self.places_left:
            raise AllPlacesTaken
        place.is_waiting = False

    def _find_group(self, place: Place) -> None:
        groups = [[other.as_seated for other in group.places] for group in self.groups]
        self.groups[best_group_for(place.as_seated, groups)].take_in([place])
        self.changed()

    def _with_a_place(self) -> list[Place]:
        mine = select(Place).filter_by(workshop_id=self.id, is_waiting=False).order_by(Place.turn)
        return list(self._session.scalars(mine))

    def _new_group(self, number: int, circle: Sequence, people: dict[UUID, Place]) -> Group:
        group = Group(workshop_id=self.id, number=number)
        self._session.add(group)
        self._session.flush()
        group.take_in(people[key] for key in circle)
        return group

    def _forget_groups(self) -> None:
        for place in self.taken:
            place.group_id = None
        self._session.flush()
        for group in self.groups:
            for board in group.boards:
                self._session.delete(board)
            self._session.flush()
            self._session.delete(group)
        self._session.flush()
        self._session.expire(self, ["groups"])

    def _set_timer(self, seconds: int) -> None:
        self.timer_ends_at = datetime.now(UTC) + timedelta(seconds=seconds) if seconds else None

    def _tell_schedule(self) -> None:
        self.tell(
            WorkshopScheduled(
                run_id=self.run_id,
                session_id=self.id,
                round=self.round,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                places=self.places,
            )
        )
