"""Numbers about people, published so that nobody can be worked out from them (statistical disclosure control).

A part of fewer than five people is withheld, and so is one with fewer than five others. The whole is always published, so a
part left out alone is the whole minus the others: what is left out has to be at least two parts that together are enough
people (complementary suppression; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4). Numbers that could be
subtracted from each other across two breakdowns get noise; numbers that grow are published anew when five have come.
"""

from collections.abc import Mapping
from random import SystemRandom
from typing import TypeVar

FEWEST = 5
CHANCE = SystemRandom()
Part = TypeVar("Part")


def may_be_shown(people: Mapping[Part, int], fewest: int = FEWEST) -> set[Part]:
    """Returns the parts whose numbers reveal no smaller part's."""
    by_size = sorted(((count, part) for part, count in people.items()), key=lambda one: (one[0], str(one[1])))
    shown = [(count, part) for count, part in by_size if count >= fewest]
    hidden = [count for count, _ in by_size if count < fewest]
    while hidden and shown and (len(hidden) < 2 or sum(hidden) < fewest):
        hidden.append(shown.pop(0)[0])
    return {part for _, part in shown} if len(by_size) > 1 else set()


def enough_newcomers(now: int, before: int) -> bool:
    """Returns whether what changed in between is hidden among at least five people."""
    return now - before >= FEWEST


def in_fives(count: int) -> int:
    """Returns the count as it is published while it grows: it changes by five at a time."""
    return count - count % FEWEST


def noise() -> int:
    """Returns a whole number near 0, each further one e times less likely: two-sided geometric noise, under which no published
    number is more than e times as likely with a person as without (Ghosh, Roughgarden and Sundararajan 2009, "Universally
    utility-maximizing privacy mechanisms"). What is drawn again and again averages out: draw once and keep it."""
    return int(CHANCE.expovariate(1)) - int(CHANCE.expovariate(1))
