"""Dividing people: every group is the organisation in small."""

import random
from collections import Counter

import pytest

from services.workshop.grouping import Seated, best_group_for, crowding, divide, even_out, how_many


def staff(count: int, seed: int = 1) -> list[Seated]:
    """People as in the reference case: six agencies of different sizes, twelve sites, a few supervisors."""
    chance = random.Random(seed)
    agencies = chance.choices("ABCDEF", weights=[30, 25, 15, 12, 10, 8], k=count)
    return [
        Seated(
            number,
            (agency, agency + str(chance.randrange(2)), "supervisor" if chance.random() < 0.1 else None),
        )
        for number, agency in enumerate(agencies)
    ]


def seated(groups, people) -> list[list[Seated]]:
    by_key = {person.key: person for person in people}
    return [[by_key[key] for key in group] for group in groups]


def at_random(people, groups, seed) -> list[list[Seated]]:
    shuffled = random.Random(seed).sample(people, len(people))
    return [shuffled[start::groups] for start in range(groups)]


@pytest.mark.parametrize("count", [7, 40, 123, 400])
def test_everybody_is_in_exactly_one_group_and_groups_are_even(count):
    people = staff(count)
    groups = divide(people, how_many(count, 7))
    assert Counter(key for group in groups for key in group) == Counter(range(count))
    assert max(map(len, groups)) - min(map(len, groups)) <= 1
    assert max(map(len, groups)) <= 7


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_far_better_mixed_than_by_chance(seed):
    people = staff(240, seed)
    ours = crowding(seated(divide(people, 40, seed=seed), people))
    chance = min(crowding(at_random(people, 40, attempt)) for attempt in range(20))
    assert ours < 0.75 * chance


def test_no_agency_fills_a_group_when_it_can_be_spread():
    people = [Seated(number, ("AB"[number % 2],)) for number in range(48)]
    for group in seated(divide(people, 8), people):
        assert Counter(person.traits[0] for person in group) == {"A": 3, "B": 3}


def test_those_who_want_to_be_together_are():
    people = staff(60)
    wishes = [(0, 1, 2), (2, 3), (10, 11)]
    groups = divide(people, 10, together=wishes)
    home = {key: number for number, group in enumerate(groups) for key in group}
    assert home[0] == home[1] == home[2] == home[3]
    assert home[10] == home[11]


def test_those_who_should_be_apart_are():
    people = staff(60)
    wishes = [(0, 1), (5, 6), (7, 8, 9)]
    groups = divide(people, 10, apart=wishes)
    home = {key: number for number, group in enumerate(groups) for key in group}
    assert all(len({home[key] for key in wish}) == len(wish) for wish in wishes)


def test_when_people_stay_away_as_few_as_possible_move():
    people = staff(24)
    groups = seated(divide(people, 4), people)
    groups[0] = groups[0][:1]
    moves = even_out(groups)
    assert len(moves) == 3
    assert set(moves.values()) == {0}


def test_even_groups_stay_as_they_are():
    people = staff(24)
    assert even_out(seated(divide(people, 4), people)) == {}


def test_a_late_joiner_comes_to_the_smallest_group_with_the_fewest_like_them():
    circles = [[Seated(1, ("A",))], [Seated(2, ("B",))], [Seated(3, ("C",)), Seated(4, ("D",))]]
    assert best_group_for(Seated(9, ("A",)), circles) == 1


def test_nobody_makes_no_groups():
    assert divide([], how_many(0, 7)) == []
