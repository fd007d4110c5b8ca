"""Would a minority be heard? Two conversations put into one, and the twelve seats filled from what was read.

The missing answers are filled by a model (bias and four factors, soft-impute: Mazumder, Hastie and Tibshirani 2010), so
that everybody has an opinion on everything in their own conversation; the other conversation's views leave them cold.
"""

from dataclasses import dataclass

import numpy as np

from services.voting.ranking import Tally, rank
from services.voting.seats import Group, fill_seats, merge_the_small
from tests.benchmarks.voting_replay import Deal, Pack, Replay, replay

RANK = 4
ROUNDS = 60
SOFTNESS = 8.0
SEED = 12345


def completed(pack: Pack) -> np.ndarray:
    """Voter x view, 1, 0 or -1 everywhere: what was answered, and elsewhere what the model and chance say."""
    answered = np.full((len(pack.answers), len(pack.views)), np.nan)
    column = {view: i for i, view in enumerate(pack.views)}
    for row, given in enumerate(pack.answers.values()):
        for view, answer in given.items():
            answered[row, column[view]] = answer
    known = ~np.isnan(answered)
    guess = _guess(answered, known)
    noise = np.std((answered - guess)[known])
    drawn = guess + np.random.default_rng(SEED).normal(0, noise, guess.shape)
    low, high = np.quantile(drawn, [np.mean(answered[known] == -1), 1 - np.mean(answered[known] == 1)])
    return np.where(known, answered, np.where(drawn > high, 1, np.where(drawn < low, -1, 0))).astype(int)


def _guess(answered, known):
    bias = _bias(answered, known)
    rest = np.where(known, answered - bias, 0.0)
    low_rank = np.zeros_like(bias)
    for _ in range(ROUNDS):
        u, s, v = np.linalg.svd(np.where(known, rest, low_rank), full_matrices=False)
        low_rank = (u[:, :RANK] * np.maximum(s[:RANK] - SOFTNESS, 0)) @ v[:RANK]
    return bias + low_rank


def _bias(answered, known, shrink=5.0):
    mean = answered[known].mean()
    of_view = np.where(known, answered - mean, 0).sum(0) / (known.sum(0) + shrink)
    of_voter = np.where(known, answered - mean - of_view, 0).sum(1) / (known.sum(1) + shrink)
    return mean + of_view + of_voter[:, None]


@dataclass(frozen=True)
class Assembly:
    """People of several groups, and whole opinions: `opinions[person, view]`."""

    opinions: np.ndarray
    group: list[str]
    origin: list[str]
    """Of each view, whose conversation it comes from."""

    @classmethod
    def merged(
        cls, majority: Pack, minority: Pack, share: float, seed: int, whole: dict[str, np.ndarray]
    ) -> "Assembly":
        many, few = whole[majority.name], whole[minority.name]
        size = round(len(many) * share / (1 - share))
        rows = np.random.default_rng(seed).choice(len(few), size=size, replace=size > len(few))
        opinions = np.zeros((len(many) + size, many.shape[1] + few.shape[1]), dtype=int)
        opinions[: len(many), : many.shape[1]] = many
        opinions[len(many) :, many.shape[1] :] = few[rows]
        return cls(
            opinions,
            ["majority"] * len(many) + ["minority"] * size,
            ["majority"] * many.shape[1] + ["minority"] * few.shape[1],
        )

    def read(self, policy: Deal, seed: int) -> Replay:
        """Everybody and every view are there from the start; people come in any order."""
        people = range(len(self.opinions))
        pack = Pack(
            "assembly",
            dict.fromkeys(range(self.opinions.shape[1]), ""),
            {person: dict(enumerate(self.opinions[person].tolist())) for person in people},
        )
        order = np.random.default_rng(seed).permutation(len(self.opinions)).tolist()
        return replay(pack, policy, seed, order)

    def seats(self, reading: Replay, k: int) -> list[int]:
        groups = [self._group(name, reading) for name in sorted(set(self.group))]
        groups = merge_the_small(groups, {group.name for group in groups if group.people >= 10})
        return [seat.view_id for seat in fill_seats(groups, k, hearts=False)]

    def _group(self, name, reading) -> Group:
        members = [person for person, group in enumerate(self.group) if group == name]
        counts = np.zeros((self.opinions.shape[1], 3), dtype=int)
        for person in members:
            for view in reading.dealt[person]:
                counts[view, 1 - self.opinions[person, view]] += 1
        return Group(name, len(members), [Tally(view, *row) for view, row in enumerate(counts.tolist())])

    def satisfaction(self, chosen: list[int]) -> float:
        """How many of the chosen an average person agrees with, as a share."""
        return float((self.opinions[:, chosen] == 1).mean())

    def best_satisfaction(self, k: int) -> float:
        return self.satisfaction(np.argsort(-(self.opinions == 1).sum(0), kind="stable")[:k].tolist())

    def ejr_factor(self, chosen: list[int]) -> float:
        """EJR+ (Brill and Peters 2023) holds exactly when this is below 1: no group that agrees on a view left out, and
        is large enough for l of the k seats, consists of people who each have fewer than l views they agree with."""
        ballots, k, n = self.opinions == 1, len(chosen), len(self.opinions)
        content = ballots[:, chosen].sum(1)
        left_out = np.setdiff1d(np.arange(ballots.shape[1]), chosen)
        return max(
            float((ballots[:, left_out] & (content < level)[:, None]).sum(0).max()) * k / (level * n)
            for level in range(1, k + 1)
        )


def by_top(reading: Replay, k: int) -> list[int]:
    """The first k of the ranking, whoever they please."""
    standings = rank([reading.tallies[view] for view in reading.pack.views], hearts=False)
    return [standing.view_id for standing in standings[:k]]


def split_at_random(opinions: np.ndarray, groups: int, seed: int) -> Assembly:
    """People who do not differ by group."""
    names = np.random.default_rng(seed).integers(groups, size=len(opinions))
    return Assembly(opinions, [f"unit {name}" for name in names], ["all"] * opinions.shape[1])
