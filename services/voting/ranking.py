"""Ranks a theme's views by their answers: their order, how sure it is, and where they divide.

The agree share is an empirical Bayes mean: with few readers it is pulled towards what the theme's views have in common
(beta-binomial, prior by moments). A pass counts as an answer. Hearts are scarce, so the share of readers who gave one
says what matters where everybody agrees: a view's priority is the mean of both shares, each in standard deviations.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev
from typing import Any, NamedTuple

READERS_TO_LEARN_FROM = 5
"""Readers a view needs before its share says something about the other views."""
VIEWS_TO_LEARN_FROM = 10
READERS_TO_DIVIDE = 10
TAIL = 0.05
"""Left out at either end of a 90 % interval."""
DEVIATIONS = 1.6449
"""The same 90 %, in standard deviations of a normal distribution."""


class Tally(NamedTuple):
    """The answers given to one view."""

    view_id: Any
    agrees: int = 0
    passes: int = 0
    disagrees: int = 0
    hearts: int = 0

    @property
    def answers(self) -> int:
        return self.agrees + self.passes + self.disagrees


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing of one view among its theme's views."""

    tally: Tally
    agree: float
    agree_low: float
    agree_high: float
    heart: float
    priority: float
    """In standard deviations from the theme's mean; without hearts, the agree share itself."""
    percentile: int
    """0 to 100: how much of the theme it leaves behind."""
    place: int
    """Views that are level share a place: 1, 2, 2, 4."""
    place_best: int
    place_worst: int
    """The view could as well stand anywhere between: its 90 % interval overlaps those of the views there."""
    read_enough: bool

    @property
    def view_id(self):
        return self.tally.view_id

    @property
    def disagreement(self) -> float:
        return self.tally.disagrees / self.tally.answers if self.tally.answers else 0.0


def rank(tallies: Sequence[Tally], *, hearts: bool = True, floor: int = 0) -> list[Standing]:
    """A theme's views from first to last; level ones in the order of more readers, then lower id."""
    agree, heart = Shares.of(tallies, "agrees"), Shares.of(tallies, "hearts")
    priority = agree.joined_with(heart) if hearts else agree
    lows, highs = agree.intervals()
    places = _places(priority)
    standings = [
        Standing(
            t,
            agree.mean[i],
            lows[i],
            highs[i],
            heart.mean[i],
            priority.mean[i],
            *places[i],
            t.answers >= floor,
        )
        for i, t in enumerate(tallies)
    ]
    return sorted(standings, key=lambda s: (s.place, -s.tally.answers, s.view_id))


def dividing(standings: Sequence[Standing], most: int = 5) -> list[Standing]:
    """The views that divide opinion most; shown beside the ranking, never mixed into it."""
    read = [s for s in standings if s.tally.answers >= READERS_TO_DIVIDE and s.tally.disagrees]
    return sorted(read, key=lambda s: (-s.disagreement, -s.tally.answers, s.view_id))[:most]


class Prior(NamedTuple):
    """The prior of a share before anybody has answered, as answers already given: Beta(yes, no)."""

    yes: float = 1.0
    no: float = 1.0

    @classmethod
    def of(cls, counted: Sequence[tuple[int, int]]) -> "Prior":
        """Learned by moments from the (yes, all) of views that were read enough; where these are few, Beta(1, 1)."""
        telling = [(yes, of_all) for yes, of_all in counted if of_all >= READERS_TO_LEARN_FROM]
        if len(telling) < VIEWS_TO_LEARN_FROM:
            return cls()
        mean = sum(yes for yes, _ in telling) / sum(of_all for _, of_all in telling)
        if not 0 < mean < 1:
            return cls()
        strength = _strength(telling, mean)
        return cls(mean * strength, (1 - mean) * strength)


def _strength(telling, mean) -> float:
    """How many answers the prior is worth, 2 to 50: the less the views differ beyond chance, the more."""
    readers = sum(of_all for _, of_all in telling)
    variance = sum(of_all * (yes / of_all - mean) ** 2 for yes, of_all in telling) / readers
    by_chance = mean * (1 - mean) * len(telling) / readers
    return min(50.0, max(2.0, mean * (1 - mean) / max(variance - by_chance, 1e-4) - 1))


@dataclass(frozen=True, slots=True)
class Shares:
    """One number a view, each with its standard deviation, and the Beta(yes, no) it came from."""

    mean: list[float]
    deviation: list[float]
    yes: list[float]
    no: list[float]

    @classmethod
    def of(cls, tallies: Sequence[Tally], what: str) -> "Shares":
        """The shrunken share of every view's readers who did `what`."""
        counted = [(getattr(tally, what), tally.answers) for tally in tallies]
        prior = Prior.of(counted)
        yes = [did + prior.yes for did, _ in counted]
        no = [of_all - did + prior.no for did, of_all in counted]
        mean = [y / (y + n) for y, n in zip(yes, no, strict=True)]
        deviation = [sqrt(m * (1 - m) / (y + n + 1)) for m, y, n in zip(mean, yes, no, strict=True)]
        return cls(mean, deviation, yes, no)

    def joined_with(self, other: "Shares") -> "Shares":
        """The mean of both in standard deviations, as doubtful as the two together."""
        ours, theirs = scale_of(self.mean), scale_of(other.mean)
        mean = [(a + b) / 2 for a, b in zip(standardised(self.mean), standardised(other.mean), strict=True)]
        deviation = [
            sqrt((a * ours) ** 2 + (b * theirs) ** 2) / 2
            for a, b in zip(self.deviation, other.deviation, strict=True)
        ]
        return Shares(mean, deviation, [], [])

    def intervals(self) -> tuple[list[float], list[float]]:
        """The 90 % interval of every share."""
        # Here, not above: scipy weighs 40 MB, and most processes never rank.
        from scipy.special import betaincinv

        return betaincinv(self.yes, self.no, TAIL).tolist(), betaincinv(self.yes, self.no, 1 - TAIL).tolist()


def standardised(values: Sequence[float]) -> list[float]:
    """Distances from the mean in standard deviations; all 0 where nobody stands out."""
    if not values:
        return []
    mean, scale = fmean(values), scale_of(values)
    return [(value - mean) * scale for value in values]


def scale_of(values: Sequence[float]) -> float:
    """Standard deviations per unit; 0 where all values are the same."""
    deviation = pstdev(values) if values else 0.0
    return 1 / deviation if deviation > 1e-12 else 0.0


def _places(priority: Shares) -> list[tuple[int, int, int, int]]:
    """Percentile, place, best and worst place of every view. Rounded first: what differs by rounding alone is level."""
    level = [round(mean, 9) for mean in priority.mean]
    lows = [m - DEVIATIONS * d for m, d in zip(level, priority.deviation, strict=True)]
    highs = [m + DEVIATIONS * d for m, d in zip(level, priority.deviation, strict=True)]
    ranked, by_low, by_high = sorted(level), sorted(lows), sorted(highs)
    n = len(level)
    places = []
    for mean, low, high in zip(level, lows, highs, strict=True):
        below, above = bisect_left(ranked, mean), n - bisect_right(ranked, mean)
        percentile = round(100 * (below + (n - 1 - above)) / (2 * (n - 1))) if n > 1 else 100
        surely_above, surely_below = n - bisect_right(by_low, high), bisect_left(by_high, low)
        places.append((percentile, above + 1, surely_above + 1, n - surely_below))
    return places
