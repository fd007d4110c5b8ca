"""Places at a session: its time, signing up, waiting, leaving."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Mapped

from services.workshop.models.keyed import PLACES
from services.workshop.models.place import Person, Place, opened
from services.workshop.models.refusals import AlreadyStarted
from services.workshop.models.run import PlannedRun
from shared.contracts.workshop import WorkshopScheduled
from shared.database import lock_of
from shared.problems import RuleBroken
from shared.tenancy import tenant_of
from shared.tokens import Caller

if TYPE_CHECKING:
    from services.workshop.models.workshop import Workshop


class EndsBeforeItStarts(RuleBroken):
    """A session must end after it starts. Check the times."""


class SignUpIsOver(RuleBroken):
    """This session has ended or was called off. Choose another."""


class PlacesAreForgotten(RuleBroken):
    """Nothing is known any more about places at this session, so nobody can sign up for it. Choose another."""


class PlaceElsewhere(RuleBroken):
    """You have a place in another session of this round. Leave it first, then sign up here."""


class NoPlaceHere(RuleBroken):
    """You have no place in this session. Sign up first."""


class PlacesAt:
    """What a session knows about who may come."""

    if TYPE_CHECKING:
        starts_at: Mapped[datetime]
        ends_at: Mapped[datetime]
        cancelled_at: Mapped[datetime | None]
        places: Mapped[int]
        turn: Mapped[int]

    def schedule(self: "Workshop", starts_at: datetime, ends_at: datetime, places: int) -> None:
        if ends_at <= starts_at:
            raise EndsBeforeItStarts
        self.starts_at, self.ends_at, self.places = starts_at, ends_at, places
        if PlannedRun.knows_people(self.run_id, self._session):
            self.open_for_sign_up()
        self._let_the_waiting_in()
        self._tell_schedule()

    def call_off(self: "Workshop") -> None:
        if self.started_at:
            raise AlreadyStarted
        self.cancelled_at = self.cancelled_at or datetime.now(UTC)

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
        self._session.flush()
        self._let_the_waiting_in()

    @property
    def places_left(self: "Workshop") -> int:
        return max(0, self.places - self._count(is_waiting=False))

    @property
    def waiting(self: "Workshop") -> int:
        return self._count(is_waiting=True)

    def place_of(self: "Workshop", participant: UUID) -> Place | None:
        number = self.number_of(participant)
        return self._session.get(Place, (tenant_of(self._session), number)) if number else None

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
        self._session.flush()
        return place

    def _let_the_waiting_in(self: "Workshop") -> None:
        next_in_line = self._line()[: self.places_left]
        for place in self._session.scalars(select(Place).where(Place.id.in_(next_in_line))):
            place.is_waiting = False

    def _line(self: "Workshop") -> list[UUID]:
        return list(self.people(is_waiting=True))

    def _count(self: "Workshop", is_waiting: bool) -> int:
        mine = select(func.count(Place.id)).filter_by(workshop_id=self.id, is_waiting=is_waiting)
        return self._session.scalar(mine) or 0

    def _tell_schedule(self: "Workshop") -> None:
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
