"""Numbers about people, published so that nobody can be worked out from them (statistical disclosure control).

A part of fewer than five people is withheld, and so is one with fewer than five others. The whole is always published, so a
part left out alone is the whole minus the others: what is left out has to be at least two parts that together are enough
people (complementary suppression; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4). Numbers that could be
subtracted from each other across two breakdowns get noise; numbers that grow are published anew when five have come.

Whether a part is shown must not turn on one person either: whoever makes a part of that person and four accomplices would read
it from there. So it takes five people and some more, drawn once for each part and kept.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeVar

FEWEST = 5
MORE = 5
"""How many people beyond five a part usually needs: where just five are enough, which one draw in 200 says, the fifth is told."""
CHANCE = SystemRandom()
Part = TypeVar("Part", bound=Hashable)


@dataclass(frozen=True)
class Decision:
    """Whether a part's numbers are shown, and how many people there have to be before they are drawn anew."""

    shown: bool
    next_at: int


def decided(
    people: Mapping[Part, int], before: Mapping[Part, Decision]
) -> tuple[dict[Part, Decision], set[Part]]:
    """Returns what is decided of each part, and the parts whose numbers are to be drawn now.

    `before` is what was decided last. A part that is shown stays shown, with its numbers, until enough of it have come anew.
    """
    first = {part: before.get(part) or Decision(False, enough_beyond(0)) for part in people}
    stay = {part for part, decision in first.items() if decision.shown}
    shown = may_be_shown(people, {part: decision.next_at for part, decision in first.items()}, stay)
    due = {part for part in shown if people[part] >= first[part].next_at}
    renewed = {part: Decision(True, enough_beyond(people[part])) for part in due}
    kept = {part: Decision(part in shown, decision.next_at) for part, decision in first.items()}
    return kept | renewed, due


def enough_beyond(count: int) -> int:
    """Returns how many people there have to be to be told after so many: five more at least, and how many is nobody's guess."""
    return count + FEWEST + max(0, MORE + noise())


def may_be_shown(
    people: Mapping[Part, int], needed: Mapping[Part, int], stay: Collection[Part] = ()
) -> set[Part]:
    """Returns the parts whose numbers reveal no smaller part's; `stay` are shown already.

    Those that have to be left out for others' sake are the ones that are barely enough, and of those shown already the last.
    """
    small = [part for part, count in people.items() if part not in stay and count < needed[part]]
    in_turn = sorted(people, key=lambda part: (part in stay, people[part] - needed[part], str(part)))
    shown = [part for part in in_turn if part not in small]
    left_out, enough = list(small), max((needed[part] for part in small), default=0)
    while left_out and shown and (len(left_out) < 2 or sum(people[part] for part in left_out) < enough):
        left_out.append(shown.pop(0))
    return set(shown) if len(people) > 1 else set()


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
