"""Groups of a session: formed, evened out, found by those who come late."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from services.workshop.grouping import best_group_for, divide, even_out, how_many
from services.workshop.models.group import Group
from services.workshop.models.place import Place
from services.workshop.models.places_at import PlaceElsewhere
from services.workshop.models.refusals import AlreadyStarted
from shared.contracts.workshop import GroupsFormed
from shared.problems import RuleBroken
from shared.web.tokens import Caller

if TYPE_CHECKING:
    from services.workshop.models.workshop import Workshop


class AllPlacesTaken(RuleBroken):
    """All places of this session are taken. Sign up for the waiting list or choose another session."""


class NobodyToDivide(RuleBroken):
    """Nobody has signed up yet, so there is nobody to divide."""


class NotFromHere(RuleBroken):
    """This person or group belongs to another session."""


class Divided:
    """The part of a session that divides people into groups."""

    def form_groups(
        self: "Workshop",
        size: int,
        together: Sequence[Sequence[UUID]] = (),
        apart: Sequence[Sequence[UUID]] = (),
        seed: int = 0,
    ) -> list[Group]:
        """Divide those who have a place; forming again before the start forgets the first attempt."""
        if self.started_at:
            raise AlreadyStarted
        people = self.people(is_waiting=False)
        if not people:
            raise NobodyToDivide
        self._forget_groups()
        seated = [person.seated(id) for id, person in people.items()]
        circles = divide(seated, how_many(len(people), size), together, apart, seed)
        places = {place.id: place for place in self.taken}
        groups = [self._new_group(number, circle, places) for number, circle in enumerate(circles, start=1)]
        self.tell(GroupsFormed(run_id=self.run_id, session_id=self.id, round=self.round, groups=len(groups)))
        self.changed()
        return groups

    def even_out(self: "Workshop") -> int:
        """When people stay away, groups of those who are here get even again; how many moved."""
        groups, people = [group for group in self.groups if group.places], self.people()
        here = [[people[place.id].seated(place.id) for place in group.here] for group in groups]
        if not any(here):
            return 0
        places = {place.id: place for group in groups for place in group.here}
        moves = even_out(here)
        for place_id, number in moves.items():
            groups[number].take_in([places[place_id]])  # type: ignore[index]
        self.changed()
        return len(moves)

    def move(self: "Workshop", place: Place, group: Group) -> None:
        if place.workshop_id != self.id or group.workshop_id != self.id or place.is_waiting:
            raise NotFromHere
        place.group_id = group.id
        self.changed()

    def arrive(self: "Workshop", caller: Caller) -> Place:
        """Somebody opens the session: they are here, and in a group as soon as there are groups."""
        mine = self.place_of(caller.subject) or self._arrive_unannounced(caller)
        if mine.is_waiting:
            self._let_in_late(mine)
        if mine.group_id is None and self.groups and not self.ended_at:
            self._find_group(mine)
        return mine

    def _arrive_unannounced(self: "Workshop", caller: Caller) -> Place:
        self._must_take_people()
        if not self.places_left:
            raise AllPlacesTaken
        if self._has_place_elsewhere(caller.subject):
            raise PlaceElsewhere
        return self._take_place(caller, is_waiting=False)

    def _let_in_late(self: "Workshop", place: Place) -> None:
        if not self.places_left:
            raise AllPlacesTaken
        place.is_waiting = False

    def _find_group(self: "Workshop", place: Place) -> None:
        people = self.people()
        groups = [[people[other.id].seated(other.id) for other in group.places] for group in self.groups]
        self.groups[best_group_for(people[place.id].seated(place.id), groups)].take_in([place])
        self.changed()

    def _new_group(self: "Workshop", number: int, circle: Sequence, people: dict[UUID, Place]) -> Group:
        group = Group(workshop_id=self.id, number=number)
        self._session.add(group)
        self._session.flush()
        group.take_in(people[key] for key in circle)
        return group

    def _forget_groups(self: "Workshop") -> None:
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
