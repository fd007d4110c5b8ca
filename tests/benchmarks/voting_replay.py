"""Real conversations, read again by our rules: who would have read what, and what the ranking would have said.

A pack is a folder with `comments.csv.gz` (id, text, author, created, moderated) and `votes.csv.gz` (voter, comment, vote,
time; sorted by time; 1 agree, 0 pass, -1 disagree; the last vote of a pair counts). No pack is part of the repository.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from statistics import fmean

import numpy as np

from services.voting.exposure import BATCH, Readership, deal, floor_of
from services.voting.ranking import Tally, rank

VOTES_EACH = 20
VOTES_OF_AN_ACTIVE_VIEW = 20

Deal = Callable[[list[Readership], int, str, bool], list]
"""Candidates, answers in all, turn, whether it is late -> ids of the next views."""


def by_ucb(candidates, answers, turn, late):
    return deal(candidates, answers, turn)


def by_chance(candidates, answers, turn, late):
    ids = sorted(view.view_id for view in candidates)
    return Random(turn).sample(ids, min(BATCH, len(ids)))


def with_a_floor(floor: int) -> Deal:
    def by_ucb_then_floor(candidates, answers, turn, late):
        return deal(candidates, answers, turn, floor=floor if late else 0)

    return by_ucb_then_floor


@dataclass(frozen=True)
class Pack:
    """One conversation: its active views, and who answered what, in the order of arrival."""

    name: str
    created: dict[int, str]
    answers: dict[int, dict[int, int]]
    """Voter -> view -> 1, 0 or -1; voters in the order of their first vote."""

    @cached_property
    def views(self) -> list[int]:
        return sorted(self.created)

    @cached_property
    def reference(self) -> dict[int, float]:
        """What everybody's answers say of each view: (agrees + 1) / (answers + 2)."""
        answered: dict[int, list[int]] = {view: [] for view in self.views}
        for given in self.answers.values():
            for view, answer in given.items():
                answered[view].append(answer)
        return {view: (a.count(1) + 1) / (len(a) + 2) for view, a in answered.items()}

    @cached_property
    def best(self) -> list[int]:
        return sorted(self.views, key=lambda view: (-self.reference[view], view))

    @cached_property
    def late(self) -> set[int]:
        """Views created at or after the 2/3 quantile of creation times."""
        return {view for view in self.views if self.created[view] >= self._late_from}

    @cached_property
    def _late_from(self) -> str:
        times = np.array(sorted(self.created.values()), dtype="datetime64[ms]")
        quantile = np.quantile(times.astype("int64"), 2 / 3)
        return str(np.datetime64(int(np.ceil(quantile)), "ms"))

    @property
    def expected_votes(self) -> int:
        return sum(min(VOTES_EACH, len(given)) for given in self.answers.values())

    @property
    def floor(self) -> int:
        return floor_of(self.expected_votes, len(self.views))


def pack_at(folder: Path) -> Pack:
    kept = {
        int(row["id"]): row["created"][:23]
        for row in _rows(folder / "comments.csv.gz")
        if int(row["moderated"]) >= 0
    }
    last: dict[tuple[int, int], int] = {}
    for row in _rows(folder / "votes.csv.gz"):
        voter, view = int(row["voter"]), int(row["comment"])
        last[voter, view] = int(row["vote"])
        if view in kept:
            kept[view] = min(kept[view], row["time"][:23])
    votes = [view for _, view in last]
    active = {view for view in kept if votes.count(view) >= VOTES_OF_AN_ACTIVE_VIEW}
    answers: dict[int, dict[int, int]] = {}
    for (voter, view), answer in last.items():
        if view in active:
            answers.setdefault(voter, {})[view] = answer
    return Pack(folder.name, {view: kept[view] for view in active}, answers)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@dataclass(frozen=True)
class Replay:
    """What became known when everybody had read what they were dealt."""

    pack: Pack
    tallies: dict[int, Tally]
    dealt: dict[int, list[int]]
    """Voter -> views in the order of reading."""

    @cached_property
    def ranked(self) -> list[int]:
        standings = rank([self.tallies[view] for view in self.pack.views], hearts=False)
        return [s.view_id for s in sorted(standings, key=lambda s: (-s.agree, s.view_id))]

    @cached_property
    def by_plain_mean(self) -> list[int]:
        return sorted(
            self.pack.views,
            key=lambda v: (
                -(self.tallies[v].agrees / self.tallies[v].answers if self.tallies[v].answers else 0),
                v,
            ),
        )

    def recall(self, ranked: list[int] | None = None, most: int = 20) -> float:
        return len(set((ranked or self.ranked)[:most]) & set(self.pack.best[:most])) / most

    def value(self, ranked: list[int] | None = None) -> float:
        reference = self.pack.reference
        return fmean(reference[v] for v in (ranked or self.ranked)[:20]) / fmean(
            reference[v] for v in self.pack.best[:20]
        )

    def late_recall(self) -> float:
        late = self.pack.late & set(self.pack.best[:20])
        return len(late & set(self.ranked[:20])) / len(late) if late else 1.0

    def readings(self) -> list[int]:
        return sorted(tally.answers for tally in self.tallies.values())

    def share_with_ten(self) -> float:
        return sum(count >= 10 for count in self.readings()) / len(self.tallies)

    def gini(self) -> float:
        counts = self.readings()
        n = len(counts)
        return sum((2 * j - n - 1) * x for j, x in enumerate(counts, 1)) / (n * sum(counts))


def replay(pack: Pack, policy: Deal, seed: int, order: list[int] | None = None) -> Replay:
    """Participant after participant, in batches of five; only what they really answered can be dealt."""
    counts = {view: [0, 0, 0] for view in pack.views}
    dealt: dict[int, list[int]] = {}
    total = 0
    arrivals = order or list(pack.answers)
    for nth, voter in enumerate(arrivals):
        dealt[voter] = []
        late = nth >= 0.8 * len(arrivals)
        for batch in range(VOTES_EACH // BATCH):
            left = pack.answers[voter].keys() - set(dealt[voter])
            candidates = [Readership(v, counts[v][0], sum(counts[v])) for v in left]
            five = policy(candidates, total, f"{seed}:{voter}:{batch}", late)
            for view in five:
                counts[view][1 - pack.answers[voter][view]] += 1
            total += len(five)
            dealt[voter] += five
    return Replay(pack, {view: Tally(view, *counts[view]) for view in pack.views}, dealt)
