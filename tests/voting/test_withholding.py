from random import Random

from services.voting.withholding import FEWEST, may_be_shown


def test_groups_of_enough_people_are_shown():
    assert may_be_shown({"Etelä": 20, "Itä": 5}) == {"Etelä", "Itä"}


def test_a_small_group_is_not_shown_nor_the_one_whose_absence_would_reveal_it():
    assert may_be_shown({"Etelä": 20, "Itä": 9, "Åland": 2}) == {"Etelä"}


def test_two_small_groups_hide_each_other_only_when_they_are_enough_people_together():
    assert may_be_shown({"Etelä": 20, "Lappi": 3, "Åland": 2}) == {"Etelä"}
    assert may_be_shown({"Etelä": 20, "Itä": 8, "Lappi": 2, "Åland": 2}) == {"Etelä"}


def test_groups_that_nobody_belongs_to_hide_nobody():
    assert may_be_shown({"Etelä": 20, "Itä": 0}) == {"Etelä"}


def test_nothing_that_can_be_found_by_subtraction_is_small():
    chance = Random(1)
    for _ in range(2000):
        people = {str(n): chance.randint(0, 12) for n in range(chance.randint(1, 8))}
        shown = may_be_shown(people)
        hidden = [count for name, count in people.items() if count and name not in shown]
        assert all(people[name] >= FEWEST for name in shown)
        assert not shown or not hidden or (len(hidden) >= 2 and sum(hidden) >= FEWEST)
