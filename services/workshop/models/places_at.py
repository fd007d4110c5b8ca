"""Places at a session: its time, signing up, waiting, leaving."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, undefer

from services.workshop.models.keyed import PLACES
from services.workshop.models.place import GivenUp, Person, Place, opened
from services.workshop.models.refusals import AlreadyStarted
from services.workshop.models.run import PlannedRun
from shared.contracts.workshop import PlacesChanged, WorkshopCalledOff, WorkshopScheduled
from shared.database import lock_of
from shared.messaging.scheduling import schedule_once
from shared.problems import RuleBroken
from shared.tenancy.sessions import tenant_of
from shared.web.tokens import Caller

if TYPE_CHECKING:
    from services.workshop.models.workshop import Workshop


TOLD_EVERY = timedelta(minutes=10)
"""Who moves up or gives up is told of at full ten minutes: no event has the moment of somebody's act."""


class EndsBeforeItStarts(RuleBroken):
    """A session must end after it starts. Check the times."""

    field = "ends_at"


class SignUpIsOver(RuleBroken):
    """This session has ended or was called off. Choose another."""


class StaysAsItWas(RuleBroken):
    """This session has ended or was called off, so it stays as it is. Schedule another."""


class PlacesAreForgotten(RuleBroken):
    """Nothing is known any more about places at this session, so nobody can sign up for it. Choose another."""


class PlaceElsewhere(RuleBroken):
    """You have a place in another session of this round. Leave it first, then sign up here."""


class NoPlaceHere(RuleBroken):
    """You have no place in this session. Sign up first."""


class PlacesAt:
    """The part of a session that gives places to people."""

    if TYPE_CHECKING:
        starts_at: Mapped[datetime]
        ends_at: Mapped[datetime]
        cancelled_at: Mapped[datetime | None]
        places: Mapped[int]
        turn: Mapped[int]
        tellings: Mapped[int]
        moved_at: Mapped[datetime | None]

    def schedule(self: "Workshop", starts_at: datetime, ends_at: datetime, places: int) -> None:
        """Gives a session that is new its time and places."""
        self._take(starts_at, ends_at, places)
        self._tell_schedule([])

    def reschedule(
        self: "Workshop", title: str, link: str, starts_at: datetime, ends_at: datetime, places: int
    ) -> None:
        """Changes what is given otherwise than it stands, and tells what that is."""
        if self.state not in ("coming", "running"):
            raise StaysAsItWas
        now = {"time": (starts_at, ends_at), "title": title, "link": link}
        was = {"time": (self.starts_at, self.ends_at), "title": self.title, "link": self.link}
        changed = [name for name in now if now[name] != was[name]]
        self.title, self.link = title, link
        self._take(starts_at, ends_at, places)
        if "time" in changed:
            self.moved_at = datetime.now(UTC)
        self._tell_schedule(changed)

    def call_off(self: "Workshop") -> None:
        if self.started_at:
            raise AlreadyStarted
        if self.cancelled_at is None:
            self.cancelled_at = datetime.now(UTC)
            self.tell(WorkshopCalledOff(run_id=self.run_id, session_id=self.id, round=self.round))

    def sign_up(self: "Workshop", caller: Caller) -> Place:
        """A place, or a place on the waiting list; signing up twice gives one."""
        self._must_take_people()
        if mine := self.place_of(caller.subject):
            return mine
        if self._has_place_elsewhere(caller.subject):
            raise PlaceElsewhere
        return self._take_place(caller, is_waiting=not self.places_left)

    def leave(self: "Workshop", participant: UUID) -> None:
        mine = self.place_of(participant)
        if mine is None:
            raise NoPlaceHere
        if self.started_at and mine.has_attended:
            raise AlreadyStarted
        self._session.delete(mine)
        if not mine.is_waiting:
            self._will_be_told_of(participant)
        self._session.flush()
        self._let_the_waiting_in()

    def free_places_of(self: "Workshop", leavers: Iterable[UUID]) -> None:
        """Frees the places of people who have left the organisation; those who wait move up."""
        theirs = Place.id.in_(self.numbers_of(leavers).values())
        gone = delete(Place).where(Place.workshop_id == self.id, theirs)
        if self._session.execute(gone.returning(Place.id)).first():
            self._session.expire(self, ["taken"])
            self._let_the_waiting_in()

    def tell_places(self: "Workshop") -> None:
        """Tells that people have moved up or given up; by the number of the telling it can be asked who."""
        if self.state == "coming":
            self.tellings += 1
            self.tell(
                PlacesChanged(run_id=self.run_id, session_id=self.id, round=self.round, telling=self.tellings)
            )

    @property
    def places_left(self: "Workshop") -> int:
        return max(0, self.places - self._count(is_waiting=False))

    @property
    def waiting(self: "Workshop") -> int:
        return self._count(is_waiting=True)

    def place_of(self: "Workshop", participant: UUID) -> Place | None:
        number, which = self.number_of(participant), (undefer(Place.sealed),)
        return self._session.get(Place, (tenant_of(self._session), number), options=which) if number else None

    def person_at(self: "Workshop", place: Place) -> Person:
        """Returns who is behind a place; NOBODY when the key is gone."""
        return opened(place.sealed, self.id, place.id, self._key(PLACES))

    def number_in_line(self: "Workshop", place: Place) -> int:
        """Returns 0 for whoever has a place, also since a moment ago."""
        line = self._line() if place.is_waiting else []
        return line.index(place.id) + 1 if place.id in line else 0

    def people(self: "Workshop", **which: bool) -> dict[UUID, Person]:
        """Returns who is behind each place, by turn and traits, in their turn."""
        key, sealed = (
            self._key(PLACES),
            select(Place.id, Place.sealed).filter_by(workshop_id=self.id, **which),
        )
        found = {id: opened(content, self.id, id, key) for id, content in self._session.execute(sealed)}
        return dict(sorted(found.items(), key=lambda pair: pair[1].turn))

    def _take(self: "Workshop", starts_at: datetime, ends_at: datetime, places: int) -> None:
        if ends_at <= starts_at:
            raise EndsBeforeItStarts
        self.starts_at, self.ends_at, self.places = starts_at, ends_at, places
        if PlannedRun.knows_people(self.run_id, self._session):
            self.open_for_sign_up()
        self._let_the_waiting_in()

    def _must_take_people(self: "Workshop") -> None:
        if self.ended_at or self.cancelled_at:
            raise SignUpIsOver
        if not self.takes_people:
            raise PlacesAreForgotten

    def _has_place_elsewhere(self: "Workshop", participant: UUID) -> bool:
        """Asked by one click after another: two sessions clicked at once are two rows, and neither sees the other's place."""
        once = lock_of(self._session, f"place:{self.run_id}:{self.round}:{participant}")
        self._session.execute(select(func.pg_advisory_xact_lock(once)))
        session = type(self)
        others = select(session).filter_by(run_id=self.run_id, round=self.round, cancelled_at=None)
        numbers = [
            other.number_of(participant) for other in self._session.scalars(others) if other is not self
        ]
        theirs = select(Place.id).where(Place.id.in_([number for number in numbers if number]))
        return self._session.scalar(theirs.limit(1)) is not None

    def _take_place(self: "Workshop", caller: Caller, is_waiting: bool) -> Place:
        number, key = self.number_of(caller.subject), self._key(PLACES)
        if number is None or key is None:
            raise PlacesAreForgotten
        self.turn += 1
        place = Place(id=number, workshop_id=self.id, is_waiting=is_waiting)
        place.seal(Person.behind(caller, self.turn), key)
        self._session.add(place)
        came_back = self.numbers_of([caller.subject], "given up").values()
        self._session.execute(delete(GivenUp).where(GivenUp.id.in_(came_back)))
        self._session.flush()
        return place

    def _let_the_waiting_in(self: "Workshop") -> None:
        if self.state not in ("coming", "running") or not (free := self.places_left):
            return
        people, key = self.people(is_waiting=True), self._key(PLACES)
        for place in self._session.scalars(select(Place).where(Place.id.in_(list(people)[:free]))):
            place.is_waiting = False
            if key:
                place.seal(replace(people[place.id], moved_up=self.tellings + 1), key)
                self._tell_places_soon()

    def _will_be_told_of(self: "Workshop", participant: UUID) -> None:
        for number in self.numbers_of([participant], "given up").values():
            self._session.add(GivenUp(id=number, workshop_id=self.id, telling=self.tellings + 1))
            self._tell_places_soon()

    def _tell_places_soon(self: "Workshop") -> None:
        now = datetime.now(UTC)
        mark = now.replace(minute=now.minute - now.minute % 10, second=0, microsecond=0)
        schedule_once(self._session, mark + TOLD_EVERY, "tell_places", self.id)

    def _line(self: "Workshop") -> list[UUID]:
        return list(self.people(is_waiting=True))

    def _count(self: "Workshop", is_waiting: bool) -> int:
        mine = select(func.count(Place.id)).filter_by(workshop_id=self.id, is_waiting=is_waiting)
        return self._session.scalar(mine) or 0

    def _tell_schedule(self: "Workshop", changed: list[str]) -> None:
        self.tell(
            WorkshopScheduled(
                run_id=self.run_id,
                session_id=self.id,
                round=self.round,
                starts_at=self.starts_at,
                ends_at=self.ends_at,
                places=self.places,
                changed=changed,
            )
        )
