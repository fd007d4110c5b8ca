"""Choosing a few questions so that every group brings its share: seats, as in a council.

Seats are divided by largest remainder (Hamilton), taken in turn by D'Hondt's order, and filled by each group from its own
ranking. A group's own answers to one view are few, so they are pulled towards what everybody answered: strongly where the
groups answer alike, weakly where they differ (the pull is the likeliest of a few under a beta-binomial).
"""

from collections.abc import Hashable, Mapping, Sequence
from math import lgamma
from typing import NamedTuple

from services.voting.ranking import Shares, Tally, standardised

SMALLEST_GROUP = 10
"""A group of fewer people does not get seats of its own: its wishes could be read from them."""
PULLS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)


class Group(NamedTuple):
    """People with something declared in common (a unit, a site) who voted, and what they answered, in view order."""

    name: str
    people: int
    tallies: Sequence[Tally]


class Seat(NamedTuple):
    """A place among the questions, and the view its group puts there."""

    group: str
    view_id: Hashable


def fill_seats(groups: Sequence[Group], seats: int, *, hearts: bool = True) -> list[Seat]:
    """The views that the groups choose, in the order of choosing. Every group tallies the same views in the same order."""
    groups = [group for group in groups if group.people]
    if not groups:
        return []
    left = shared_out({group.name: group.people for group in groups}, seats)
    wishes = _wishes(groups, hearts)
    taken: dict[Hashable, Seat] = {}
    got = dict.fromkeys(left, 0)
    while any(left.values()) and len(taken) < len(groups[0].tallies):
        group = min(
            (g for g in groups if left[g.name]), key=lambda g: (-g.people / (got[g.name] + 1), g.name)
        )
        view_id = next(view_id for view_id in wishes[group.name] if view_id not in taken)
        taken[view_id] = Seat(group.name, view_id)
        left[group.name] -= 1
        got[group.name] += 1
    return list(taken.values())


def shared_out(people: Mapping[str, int], seats: int) -> dict[str, int]:
    """Seats by largest remainder; equal remainders go to the larger group, then by name."""
    of_all = sum(people.values())
    quota = {name: seats * count for name, count in people.items()}
    given = {name: share // of_all for name, share in quota.items()}
    by_remainder = sorted(people, key=lambda name: (-(quota[name] % of_all), -people[name], name))
    for name in by_remainder[: seats - sum(given.values())]:
        given[name] += 1
    return given


def merge_the_small(
    groups: Sequence[Group], smallest: int = SMALLEST_GROUP
) -> tuple[list[Group], dict[str, str]]:
    """Groups too small for seats of their own join the largest; also which joined which, because that is said."""
    if not groups:
        return [], {}
    largest = min(groups, key=lambda group: (-group.people, group.name))
    small = [group for group in groups if group.people < smallest and group is not largest]
    for group in small:
        largest = Group(largest.name, largest.people + group.people, _added(largest.tallies, group.tallies))
    kept = [group for group in groups if group not in small and group.name != largest.name]
    return [largest, *kept], {group.name: largest.name for group in small}


def _added(tallies, others) -> list[Tally]:
    return [
        Tally(a.view_id, *(x + y for x, y in zip(a[1:], b[1:], strict=True)))
        for a, b in zip(tallies, others, strict=True)
    ]


def _wishes(groups, hearts) -> dict[str, list[Hashable]]:
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


def _by_merit(merit, everybody) -> list[Hashable]:
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
