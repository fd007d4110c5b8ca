from collections import Counter
from random import Random

from services.voting.ranking import Tally
from services.voting.withholding import blurred, how_far, in_steps, published, readings_told
from shared.privacy.disclosure import FEWEST
from shared.privacy.disclosure import may_be_shown as shown_where


def may_be_shown(people):
    """Where five people are enough."""
    return shown_where(people, dict.fromkeys(people, FEWEST))


def test_groups_of_enough_people_are_shown():
    assert may_be_shown({"Etelä": 20, "Itä": 5}) == {"Etelä", "Itä"}


def test_a_small_group_is_not_shown_nor_the_one_whose_absence_would_reveal_it():
    assert may_be_shown({"Etelä": 20, "Itä": 9, "Åland": 2}) == {"Etelä"}


def test_two_small_groups_hide_each_other_only_when_they_are_enough_people_together():
    assert may_be_shown({"Etelä": 20, "Lappi": 3, "Åland": 2}) == {"Etelä"}
    assert may_be_shown({"Etelä": 20, "Itä": 8, "Lappi": 2, "Åland": 2}) == {"Etelä"}


def test_a_group_of_which_nobody_took_part_is_small_as_well():
    assert may_be_shown({"Etelä": 20, "Itä": 6, "Lappi": 0}) == {"Etelä"}


def test_a_group_with_fewer_than_five_others_is_not_shown():
    assert may_be_shown({"Etelä": 20}) == may_be_shown({"Etelä": 20, "Lappi": 2, "Åland": 2}) == set()


def test_nothing_that_can_be_found_by_subtraction_is_small():
    chance = Random(1)
    for _ in range(2000):
        people = {str(n): chance.randint(0, 12) for n in range(chance.randint(1, 8))}
        shown = may_be_shown(people)
        hidden = [count for name, count in people.items() if name not in shown]
        assert all(people[name] >= FEWEST for name in shown)
        assert all(sum(people.values()) - people[name] >= FEWEST for name in shown)
        assert not shown or not hidden or (len(hidden) >= 2 and sum(hidden) >= FEWEST)


def test_a_share_is_told_in_five_steps_and_never_as_nobody_or_all():
    assert [in_steps(share) for share in (0, 0.19, 0.2, 0.5, 0.79, 0.8, 1)] == [
        0.1,
        0.1,
        0.3,
        0.5,
        0.7,
        0.9,
        0.9,
    ]


def test_one_reader_more_or_less_changes_how_likely_a_step_is_by_little(monkeypatch):
    """What the noise promises: a ratio of at most e, with room for the drawing itself. Each group stands at an edge."""
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(3))
    everybody = Tally("view", 30, 10, 20)
    for group in (Tally("view", 6, 2, 1), Tally("view", 8, 0, 0), Tally("view", 4, 2, 5)):
        fewer = Tally("view", group.agrees - 1, *group[2:])
        whole, short = steps_of(group, everybody), steps_of(fewer, everybody)
        for step in {*whole, *short}:
            if whole[step] + short[step] > 400:
                assert 1 / 3.2 < whole[step] / max(1, short[step]) < 3.2


def steps_of(group, everybody):
    return Counter(tuple(blurred(group, everybody).values()) for _ in range(8000))


def test_the_answers_of_fewer_than_five_readers_are_in_no_share(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(5))
    everybody = Tally("view", 15, 15, 10)
    four, nobody = steps_of(Tally("view", 4), everybody), steps_of(Tally("view"), everybody)
    assert all(abs(four[step] - nobody[step]) < 300 for step in {*four, *nobody})


def test_a_large_groups_share_is_told_rightly(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(9))
    agreeing, against = Tally("view", 57, 2, 1), Tally("view", 2, 0, 58)
    told = [(blurred(agreeing, against)["agree"], blurred(against, agreeing)["disagree"]) for _ in range(200)]
    assert sum(pair == (0.9, 0.9) for pair in told) > 190


def test_whether_everybody_has_read_a_view_or_all_but_its_author_is_not_told(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(11))
    all_read, all_but_one = (
        Counter(published(tally).answers for _ in range(8000))
        for tally in (Tally("view", 40, 10, 10), Tally("view", 39, 10, 10))
    )
    for count in {*all_read, *all_but_one}:
        if all_read[count] + all_but_one[count] > 400:
            assert 1 / 3.2 < all_read[count] / max(1, all_but_one[count]) < 3.2
    assert {readings_told(count, 12) for count in range(12, 70)} == {12}


def test_readings_are_told_up_to_the_floor_in_fives_and_not_below_five():
    assert [readings_told(count, 12) for count in (0, 4, 5, 9, 10, 11, 12, 60)] == [
        0,
        0,
        5,
        5,
        10,
        10,
        12,
        12,
    ]
    assert [readings_told(count, 3) for count in (3, 4, 5, 9)] == [0, 0, 5, 5]


def test_blurred_counts_never_show_fewer_than_five_nor_more_hearts_than_readers(monkeypatch):
    monkeypatch.setattr("shared.privacy.disclosure.CHANCE", Random(13))
    for _ in range(500):
        told = published(Tally("view", 3, 1, 2, 6))
        assert told == Tally("view") or (told.answers >= FEWEST and told.hearts <= told.answers)
    assert published(Tally("view", 2, 1, 1, 4)) == Tally("view")


def test_how_far_a_theme_is_read_tells_of_no_single_view_beyond_the_floor():
    assert how_far([60, 59], 8) == how_far([59, 60], 8) == how_far([60, 60], 8) == (2, 16, 8, 8, 0)
    assert how_far([60, 60, 60, 60, 2], 8) == (5, 242, 2, 8, 1)
    assert how_far([], 8) == (0, 0, 0, 0, 0)
