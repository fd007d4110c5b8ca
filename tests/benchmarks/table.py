"""The table of what paths cost beside their floors: rounds, medians, ratios, goals."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

HEAD = (
    "path",
    "a second",
    "CPU-ms",
    "p99 ms",
    "floor: a second",
    "CPU-ms",
    "p99 ms",
    "rate / floor",
    "CPU / floor",
    "p99 / floor",
    "statements",
    "calls",
    "goal",
)


class Sample(NamedTuple):
    """Answers a second, milliseconds of CPU for each, and milliseconds within which 99 of 100 came."""

    rate: float
    cpu: float
    p99: float

    @classmethod
    def of(cls, rounds: Iterable["Sample"]) -> "Sample":
        """The medians."""
        return cls(*map(median, zip(*rounds, strict=True)))

    def cells(self) -> list[str]:
        return [f"{self.rate:,.0f}", f"{self.cpu:.2f}", f"{self.p99:.0f}"]


class Goal(NamedTuple):
    """A ratio to the floor that is aimed at: told as met or not, and never asserted."""

    what: str  # rate | CPU | p99
    sign: str
    bar: float

    def said(self, ratios: dict[str, float]) -> str:
        ratio = ratios[self.what]
        met = ratio >= self.bar if self.sign == ">=" else ratio <= self.bar
        return f"{self.what} {self.sign} {self.bar:g}: {'met' if met else '**not met**'}"


@dataclass(frozen=True)
class Row:
    name: str
    ours: Sample
    floor: Sample
    goals: tuple[Goal, ...] = ()
    asks: tuple[int, int] | None = None  # statements and calls of one request, as tests count them

    @property
    def ratios(self) -> dict[str, float]:
        names = ("rate", "CPU", "p99")
        return {name: our / floor for name, our, floor in zip(names, self.ours, self.floor, strict=True)}

    def cells(self) -> list[str]:
        ratios = [f"{ratio:.2f}" for ratio in self.ratios.values()]
        asks = [str(number) for number in self.asks or ("", "")]
        goals = "; ".join(goal.said(self.ratios) for goal in self.goals)
        return [self.name, *self.ours.cells(), *self.floor.cells(), *ratios, *asks, goals]


def in_markdown(rows: Iterable[Row]) -> str:
    lines = [HEAD, ("---",) + ("---:",) * (len(HEAD) - 2) + ("---",), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
