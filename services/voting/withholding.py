"""Answers as they are published: blurred, in steps, and the same whether or not an author sits among the readers.

An author does not read her own view, so a count of readers is one short where she sits: in a group, or among all. Therefore a
group's answers are never told as counts: its shares come in five steps, from counts that have noise added to them
(`shared/privacy/disclosure.py`). Everybody's have noise as well, before anything is reckoned from them, and how many have read a view is
told up to the promised floor only.
"""

from collections.abc import Collection
from statistics import median
from typing import NamedTuple

from services.voting.ranking import Tally
from shared.privacy.disclosure import FEWEST, in_fives, noise

STEPS = 5
PULL = 5
"""As many answers like everybody's are added to a group's own: few readers say little of their group."""


def blurred(group: Tally, everybody: Tally) -> dict[str, float]:
    """Returns a group's shares of agreement and disagreement with one view, in steps.

    The answers of fewer than five readers are not used at all: everybody's share stands in their place, and nothing shows
    that it does.
    """
    own = group if group.answers >= FEWEST else Tally(group.view_id)
    agrees, passes, disagrees = (max(0, count + noise()) for count in (own.agrees, own.passes, own.disagrees))
    readers = agrees + passes + disagrees + PULL
    return {
        "agree": in_steps((agrees + PULL * _share(everybody.agrees, everybody)) / readers),
        "disagree": in_steps((disagrees + PULL * _share(everybody.disagrees, everybody)) / readers),
    }


def _share(count: int, everybody: Tally) -> float:
    """Returns everybody's share, a half where nobody answered."""
    return (count + 1) / (everybody.answers + 2)


def in_steps(share: float) -> float:
    """Returns the middle of the fifth that the share lies in: 0.1, 0.3, 0.5, 0.7 or 0.9; never nobody, never all."""
    return (2 * min(int(share * STEPS), STEPS - 1) + 1) / (2 * STEPS)


def published(everybody: Tally) -> Tally:
    """Returns everybody's answers to one view as they may be known: each count with noise, none where fewer than five answered.

    Draw it once and keep it: what is drawn again and again averages out.
    """
    if everybody.answers < FEWEST:
        return Tally(everybody.view_id)
    agrees, passes, disagrees, hearts = (max(0, count + noise()) for count in everybody[1:])
    drawn = Tally(everybody.view_id, agrees, passes, disagrees)
    if drawn.answers < FEWEST:
        return Tally(everybody.view_id)
    return drawn._replace(hearts=min(hearts, drawn.answers))


def readings_told(readings: int, floor: int) -> int:
    """Returns how many have read a view as it is told: the promised floor where it is reached, in fives below, 0 for fewer
    than five. `readings` are those of a result, which are blurred."""
    if readings < FEWEST:
        return 0
    return max(FEWEST, floor) if readings >= floor else in_fives(readings)


def to_the_nearest_five(count: int) -> int:
    return in_fives(count + FEWEST // 2)


class HowFar(NamedTuple):
    """How far a theme has been read: its views, all their readings, and how many the view has that has fewest.

    Of single views nothing is told beyond the floor, so that nobody sees which one all have read but its author.
    """

    views: int
    readings: int
    fewest: int
    median: float
    below_floor: int


FEW_VIEWS = 3
"""A theme with fewer: the sum of their readings would be as good as their own."""


def how_far(readings: Collection[int], floor: int) -> HowFar:
    capped = [min(count, floor) for count in readings]
    whole = sum(readings if len(readings) >= FEW_VIEWS else capped)
    below = sum(count < floor for count in readings)
    return HowFar(len(capped), whole, min(capped, default=0), median(capped or [0]), below)
