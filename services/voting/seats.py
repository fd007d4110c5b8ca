"""Choosing a few questions so that every group brings its share: seats, as in a council.

Seats are divided by largest remainder (Hamilton), taken in turn by D'Hondt's order, and filled by each group from its own
ranking. A group's own answers to one view are few, so they are pulled towards what everybody answered: strongly where the
groups answer alike, weakly where they differ (the pull is the likeliest of a few under a beta-binomial).
"""

from collections.abc import Collection, Mapping, Sequence
from math import lgamma
from typing import Any, NamedTuple

from services.voting.ranking import Shares, Tally, standardised

PULLS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)


class Group(NamedTuple):
    """People with something declared in common (a unit, a site) who voted, and what they answered, in view order."""

    name: str
    people: int
    tallies: Sequence[Tally]


class Seat(NamedTuple):
    """A place among the questions, and the view its group puts there."""

    group: str
    view_id: Any


def fill_seats(
    groups: Sequence[Group],
    seats: int,
    *,
    hearts: bool = True,
    theme_of: Mapping[Any, Any] | None = None,
) -> list[Seat]:
    """The views that the groups choose, in the order of choosing. Every group tallies the same views in the same order.

    Over several themes the seats are given all at once, so that a small group gets its own, and each theme has room for
    an equal share of them.
    """
    groups = [group for group in groups if group.people]
    if not groups:
        return []
    left = shared_out({group.name: group.people for group in groups}, seats)
    wishes, table = _wishes(groups, hearts), _Table(theme_of or {}, seats)
    got = dict.fromkeys(left, 0)
    while any(left.values()) and len(table.taken) < len(groups[0].tallies):
        group = min(
            (g for g in groups if left[g.name]), key=lambda g: (-g.people / (got[g.name] + 1), g.name)
        )
        table.seat(group.name, wishes[group.name])
        left[group.name] -= 1
        got[group.name] += 1
    return list(table.taken.values())


class _Table:
    """The seats that have been taken, and how much room each theme still has."""

    def __init__(self, theme_of: Mapping[Any, Any], seats: int):
        self.theme_of = theme_of
        self.taken: dict[Any, Seat] = {}
        themes = sorted(set(theme_of.values()), key=str)
        self.room = {
            theme: seats // len(themes) + (i < seats % len(themes)) for i, theme in enumerate(themes)
        }

    def seat(self, group: str, wishes: Sequence[Any]) -> None:
        """The group's best view not yet chosen, of a theme with room; of any theme when all with room are empty."""
        free = [view_id for view_id in wishes if view_id not in self.taken]
        view_id = next((v for v in free if self.room.get(self.theme_of.get(v), 1)), free[0])
        self.taken[view_id] = Seat(group, view_id)
        if theme := self.theme_of.get(view_id):
            self.room[theme] = max(0, self.room[theme] - 1)


def shared_out(people: Mapping[str, int], seats: int) -> dict[str, int]:
    """Seats by largest remainder; equal remainders go to the larger group, then by name."""
    of_all = sum(people.values())
    quota = {name: seats * count for name, count in people.items()}
    given = {name: share // of_all for name, share in quota.items()}
    by_remainder = sorted(people, key=lambda name: (-(quota[name] % of_all), -people[name], name))
    for name in by_remainder[: seats - sum(given.values())]:
        given[name] += 1
    return given


def merge_the_small(groups: Sequence[Group], large: Collection[str]) -> list[Group]:
    """Groups that are not large enough join the largest: from seats of their own their wishes could be read."""
    joined = joined_by_the_small({group.name: group.people for group in groups}, large)
    merged = {group.name: group for group in groups if group.name not in joined}
    for group in groups:
        if host := joined.get(group.name):
            people, tallies = merged[host].people + group.people, _added(merged[host].tallies, group.tallies)
            merged[host] = Group(host, people, tallies)
    return list(merged.values())


def joined_by_the_small(people: Mapping[str, int], large: Collection[str]) -> dict[str, str]:
    """Which group is too small, and which it joins: that is said to everybody."""
    largest = min(people, key=lambda name: (name not in large, -people[name], name), default="")
    return {name: largest for name in people if name not in large and name != largest}


def _added(tallies, others) -> list[Tally]:
    return [
        Tally(a.view_id, *(x + y for x, y in zip(a[1:], b[1:], strict=True)))
        for a, b in zip(tallies, others, strict=True)
    ]


def _wishes(groups, hearts) -> dict[str, list[Any]]:
    """Every group's own ranking of the views, first to last."""
    everybody = groups[0].tallies
    for group in groups[1:]:
        everybody = _added(everybody, group.tallies)
    agree = _shrunken(groups, Shares.of(everybody, "agrees").mean, "agrees")
    heart = _shrunken(groups, Shares.of(everybody, "hearts").mean, "hearts")
    wishes = {}
    for group, agreed, hearted in zip(groups, agree, heart, strict=True):
        merit = agreed
        if hearts:
            merit = [a + h for a, h in zip(standardised(agreed), standardised(hearted), strict=True)]
        wishes[group.name] = _by_merit(merit, everybody)
    return wishes


def _by_merit(merit, everybody) -> list[Any]:
    ranked = sorted(
        zip(merit, everybody, strict=True), key=lambda m: (-round(m[0], 9), -m[1].answers, m[1].view_id)
    )
    return [tally.view_id for _, tally in ranked]


def _shrunken(groups, overall, what) -> list[list[float]]:
    """For every group its share of each view's readers who did `what`, pulled towards everybody's."""
    counted = [[(getattr(t, what), t.answers) for t in group.tallies] for group in groups]
    pull = likeliest_pull(counted, overall)
    return [
        [(yes + pull * share) / (of_all + pull) for (yes, of_all), share in zip(group, overall, strict=True)]
        for group in counted
    ]


def likeliest_pull(counted: Sequence[Sequence[tuple[int, int]]], overall: Sequence[float]) -> float:
    """Of PULLS, the one under which the groups' (yes, all) counts are likeliest; the strongest of equals."""
    answered = [
        (yes, of_all, share)
        for group in counted
        for (yes, of_all), share in zip(group, overall, strict=True)
        if of_all
    ]
    return max(PULLS, key=lambda pull: (round(_log_likelihood(answered, pull), 9), pull))


def _log_likelihood(answered, pull) -> float:
    """Beta-binomial, without the binomial coefficient: it is the same for every pull."""
    alike = len(answered) * lgamma(pull)
    return alike + sum(
        lgamma(yes + pull * share)
        + lgamma(of_all - yes + pull * (1 - share))
        - lgamma(of_all + pull)
        - lgamma(pull * share)
        - lgamma(pull * (1 - share))
        for yes, of_all, share in answered
    )
