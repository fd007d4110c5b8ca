"""Chooses who reads what next: every view gets its readers, whenever it was written.

UCB1 (Auer, Cesa-Bianchi and Fischer 2002, "Finite-time analysis of the multiarmed bandit problem"): a view's index is
the share of its readers who agreed plus a bonus that shrinks with every reader. The share is pulled towards one half
as Polis does it: (agrees + 1) / (answers + 2).
"""

from collections.abc import Iterable
from datetime import datetime
from heapq import nlargest
from math import log, sqrt
from random import Random
from typing import Any, NamedTuple

BATCH = 5
CURIOSITY = 2.0
"""How much a view with few readers is favoured; 2 is UCB1's own, 0.5 to 4 is sensible."""


class Readership(NamedTuple):
    """How far one view has been read: `answers` counts cards that lie unanswered before a reader just now, too."""

    view_id: Any
    agrees: int
    answers: int


def deal(
    candidates: Iterable[Readership],
    answers_in_all: int,
    turn: str,
    *,
    size: int = BATCH,
    curiosity: float = CURIOSITY,
    floor: int = 0,
) -> list:
    """The ids of the next views to read, in the order of the page.

    `turn` names the run, the participant and the batch: the same turn over the same counts is dealt the same views, in
    whatever order the candidates come. Views with fewer answers than `floor` go before all others.
    """
    chance = Random(turn)
    bonus = curiosity * log(answers_in_all + 2)
    best = _best(candidates, size, lambda view: (view.answers < floor, _index(view, bonus)), chance)
    chance.shuffle(best)
    return [view.view_id for view in best]


def _index(view: Readership, bonus: float) -> float:
    return (view.agrees + 1) / (view.answers + 2) + sqrt(bonus / (view.answers + 1))


def _best(candidates, size, merit, chance) -> list[Readership]:
    """The `size` of highest merit; who stands on the border by chance alone does not depend on the input's order."""
    by_merit = [(merit(view), view) for view in candidates]
    best = nlargest(size, (worth for worth, _ in by_merit))
    if not best:
        return []
    safe = sorted(view for worth, view in by_merit if worth > best[-1])
    on_the_border = sorted(view for worth, view in by_merit if worth == best[-1])
    return safe + chance.sample(on_the_border, len(best) - len(safe))


def floor_of(expected_votes: float, views: int) -> int:
    """How many readings a view needs before its place says anything: what the run can promise, from 3 to 10."""
    return 3 if views == 0 else min(10, max(3, round(0.4 * expected_votes / views)))


def is_last_fifth(now: datetime, opened_at: datetime, closes_at: datetime | None) -> bool:
    """Whether it is late enough that views below the floor are dealt before all others."""
    return closes_at is not None and now >= closes_at - (closes_at - opened_at) / 5
