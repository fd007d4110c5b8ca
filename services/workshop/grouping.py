"""Dividing people into groups so that every group is the organisation in small.

What counts against a division: for every trait (unit, site, role, language) the squares of how many in a group share
the same value. The sum is smallest when everybody is spread as evenly as can be. People are placed one after another,
the hardest first, each where it costs least; then some pairs are exchanged where that helps. With n people and g groups
the work is n * (g + SWEEPS * TRIES).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil

TRIES, SWEEPS = 24, 4
APART_COSTS = 1_000
Person = Hashable


@dataclass(frozen=True)
class Seated:
    """A person with the traits that should be spread over the groups."""

    key: Person
    traits: tuple[str | None, ...]

    @cached_property
    def marks(self) -> tuple[tuple[int, str], ...]:
        """Its traits by their place, so that a unit and a site of the same name are not taken for one."""
        return tuple((place, value) for place, value in enumerate(self.traits) if value)

    def shares_with(self, other: "Seated") -> int:
        return sum(
            one == another and one is not None for one, another in zip(self.traits, other.traits, strict=True)
        )


@dataclass
class Circle:
    """A group while it is being filled."""

    room: int
    people: dict[Person, Seated] = field(default_factory=dict)
    counts: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, person: Seated) -> None:
        self.people[person.key] = person
        for mark in person.marks:
            self.counts[mark] += 1

    def remove(self, person: Seated) -> None:
        del self.people[person.key]
        for mark in person.marks:
            self.counts[mark] -= 1

    @property
    def room_left(self) -> int:
        return self.room - len(self.people)

    def alike(self, person: Seated) -> int:
        """How many of its people share each trait with this one."""
        return sum(self.counts[mark] for mark in person.marks)


def how_many(people: int, size: int) -> int:
    """The number of groups of about this size: never one person more than `size` in any."""
    return max(1, ceil(people / size)) if people else 0


def divide(
    people: Sequence[Seated],
    groups: int,
    together: Iterable[Iterable[Person]] = (),
    apart: Iterable[Iterable[Person]] = (),
    seed: int = 0,
) -> list[list[Person]]:
    """Divide into groups whose sizes differ by at most one, unless people who stay together do not fit so."""
    if not groups:
        return []
    division = _Division(people, groups, together, apart, random.Random(seed))
    division.place_everybody()
    division.exchange_where_it_helps()
    return [list(circle.people) for circle in division.circles]


class _Division:
    """One attempt to divide these people."""

    def __init__(
        self,
        people: Sequence[Seated],
        groups: int,
        together: Iterable[Iterable[Person]],
        apart: Iterable[Iterable[Person]],
        chance: random.Random,
    ):
        self.chance = chance
        self.people = {person.key: person for person in people}
        self.circles = [Circle(room) for room in _rooms(len(self.people), groups)]
        self.blocks = _blocks(self.people, together)
        self.foes = _foes(apart)
        self.where: dict[Person, Circle] = {}

    def place_everybody(self) -> None:
        for block in self._hardest_first():
            self._place(block)

    def exchange_where_it_helps(self) -> None:
        """Only those who are free to move are exchanged; people who stay together stay."""
        free = [block[0] for block in self.blocks if len(block) == 1]
        for _ in range(SWEEPS):
            self.chance.shuffle(free)
            if not sum(self._exchange_one(person, free) for person in free):
                return

    def _hardest_first(self) -> list[list[Seated]]:
        """Large blocks, then people of large units: they are the ones that crowd a group."""
        sizes = Counter(mark for person in self.people.values() for mark in person.marks)
        self.chance.shuffle(self.blocks)
        return sorted(self.blocks, key=lambda block: (-len(block), [-sizes[mark] for mark in block[0].marks]))

    def _place(self, block: list[Seated]) -> None:
        roomy = [circle for circle in self.circles if circle.room_left >= len(block)]
        candidates = roomy or [max(self.circles, key=lambda circle: circle.room_left)]
        best = min(candidates, key=lambda circle: (self._cost_of(block, circle), -circle.room_left))
        for person in block:
            best.add(person)
            self.where[person.key] = best

    def _cost_of(self, block: list[Seated], circle: Circle) -> int:
        return sum(circle.alike(person) + self._foes_in(person, circle) for person in block)

    def _foes_in(self, person: Seated, circle: Circle) -> int:
        return APART_COSTS * sum(foe in circle.people for foe in self.foes.get(person.key, ()))

    def _exchange_one(self, person: Seated, free: list[Seated]) -> bool:
        for other in self.chance.sample(free, min(TRIES, len(free))):
            if self.where[person.key] is not self.where[other.key] and self._gain(person, other) > 0:
                self._exchange(person, other)
                return True
        return False

    def _gain(self, person: Seated, other: Seated) -> int:
        """Pairs of a kind that an exchange breaks up, less those that it makes."""
        here, there = self.where[person.key], self.where[other.key]
        now = here.alike(person) - len(person.marks) + there.alike(other) - len(other.marks)
        then = there.alike(person) + here.alike(other) - 2 * person.shares_with(other)
        return now - then + self._peace(person, other, here, there) if self.foes else now - then

    def _peace(self, person: Seated, other: Seated, here: Circle, there: Circle) -> int:
        are_foes = other.key in self.foes.get(person.key, ())
        now = self._foes_in(person, here) + self._foes_in(other, there)
        then = self._foes_in(person, there) + self._foes_in(other, here)
        return now - then + 2 * APART_COSTS * are_foes

    def _exchange(self, person: Seated, other: Seated) -> None:
        here, there = self.where[person.key], self.where[other.key]
        here.remove(person)
        there.remove(other)
        here.add(other)
        there.add(person)
        self.where[person.key], self.where[other.key] = there, here


def _rooms(people: int, groups: int) -> list[int]:
    whole, left = divmod(people, groups)
    return [whole + (number < left) for number in range(groups)]


def _blocks(people: dict[Person, Seated], together: Iterable[Iterable[Person]]) -> list[list[Seated]]:
    """Returns the blocks of people who go as one: overlapping wishes become one block."""
    block_of: dict[Person, set[Person]] = {key: {key} for key in people}
    for wish in together:
        joined = set().union(*(block_of[key] for key in wish if key in people))
        for key in joined:
            block_of[key] = joined
    blocks = {id(block): block for block in block_of.values()}.values()
    return [[people[key] for key in block] for block in blocks]


def _foes(apart: Iterable[Iterable[Person]]) -> dict[Person, set[Person]]:
    foes: dict[Person, set[Person]] = defaultdict(set)
    for wish in apart:
        names = set(wish)
        for name in names:
            foes[name] |= names - {name}
    return foes


def even_out(groups: Sequence[Iterable[Seated]]) -> dict[Person, int]:
    """Returns who moves to which group when some stayed away, so that sizes differ by at most one; as few as possible move."""
    circles = [_circle(group) for group in groups]
    moves: dict[Person, int] = {}
    while True:
        large = max(circles, key=lambda circle: len(circle.people))
        small = min(circles, key=lambda circle: len(circle.people))
        if len(large.people) - len(small.people) <= 1:
            return moves
        mover = max(large.people.values(), key=lambda person: large.alike(person) - small.alike(person))
        large.remove(mover)
        small.add(mover)
        moves[mover.key] = next(at for at, circle in enumerate(circles) if circle is small)


def best_group_for(person: Seated, groups: Sequence[Iterable[Seated]]) -> int:
    """Returns the group for a late joiner: the smallest one, among equals the one with the fewest like them."""
    circles = [_circle(group) for group in groups]
    return min(range(len(circles)), key=lambda at: (len(circles[at].people), circles[at].alike(person)))


def _circle(people: Iterable[Seated]) -> Circle:
    circle = Circle(room=0)
    for person in people:
        circle.add(person)
    return circle


def crowding(groups: Iterable[Iterable[Seated]]) -> int:
    """Pairs in one group that share a trait, over all traits: the smaller, the better mixed."""
    counts = (_circle(group).counts for group in groups)
    return sum(count * (count - 1) // 2 for circle in counts for count in circle.values())
