from random import Random

import pytest

from services.voting.ranking import Prior, Tally, dividing, rank


def a_field(seed=1, views=40):
    """Views of differing worth, read 5 to 40 times each."""
    chance = Random(seed)
    field = []
    for n in range(views):
        worth, readers = chance.random(), chance.randint(5, 40)
        agrees = sum(chance.random() < worth for _ in range(readers))
        hearts = sum(chance.random() < worth / 4 for _ in range(agrees))
        disagrees = (readers - agrees) // 2
        field.append(Tally(n, agrees, readers - agrees - disagrees, disagrees, hearts))
    return field


def test_a_larger_share_of_agreement_stands_higher():
    first, second = rank([Tally("b", 4, 0, 6), Tally("a", 8, 0, 2)])
    assert (first.view_id, first.place, second.place) == ("a", 1, 2)


def test_few_readers_pull_a_share_towards_the_middle():
    few, many = Tally("two of two", 2), Tally("fifty of fifty", 50)
    assert [s.view_id for s in rank([few, many])] == ["fifty of fifty", "two of two"]


def test_a_pass_counts_as_an_answer():
    passed, unasked = rank([Tally("a", 5, 0, 0), Tally("b", 5, 5, 0)])
    assert (passed.view_id, unasked.view_id) == ("a", "b")


def test_level_views_share_a_place_and_the_next_place_is_left_out():
    ranked = rank([Tally("c", 2, 0, 8), Tally("b", 6, 0, 4), Tally("a", 6, 0, 4)])
    assert [(s.view_id, s.place) for s in ranked] == [("a", 1), ("b", 1), ("c", 3)]


def test_level_views_leave_the_same_behind():
    assert {s.percentile for s in rank([Tally(n, 6, 0, 4) for n in "abcd"])} == {50}


def test_the_first_leaves_everything_behind_and_the_last_nothing():
    ranked = rank(a_field())
    assert (ranked[0].percentile, ranked[-1].percentile) == (100, 0)


def test_hearts_tell_what_matters_from_what_nobody_minds():
    nobody_minds, matters = Tally("nobody minds", 10, 0, 0, 0), Tally("matters", 9, 1, 0, 6)
    field = [nobody_minds, matters, Tally("x", 3, 0, 7, 0), Tally("y", 5, 0, 5, 1)]
    assert rank(field)[0].view_id == "matters"
    assert rank(field, hearts=False)[0].view_id == "nobody minds"


def test_a_view_below_the_floor_is_marked_as_not_read_enough():
    enough = {s.view_id: s.read_enough for s in rank([Tally("a", 3), Tally("b", 4)], floor=4)}
    assert enough == {"a": False, "b": True}


def test_the_interval_holds_the_share_and_shrinks_with_readers():
    few, many = (
        s for s in sorted(rank([Tally("few", 3, 1, 1), Tally("many", 60, 20, 20)]), key=lambda s: s.view_id)
    )
    assert few.agree_low < few.agree < few.agree_high
    assert many.agree_high - many.agree_low < few.agree_high - few.agree_low


def test_the_interval_of_one_view_alone_is_that_of_the_textbook():
    (alone,) = rank([Tally("a", 7, 0, 3)])
    # Beta(8, 4): R> qbeta(c(.05, .95), 8, 4)
    assert (alone.agree_low, alone.agree_high) == pytest.approx((0.4356258, 0.8649245), abs=1e-6)


def test_places_tell_how_far_up_and_down_a_view_could_as_well_stand():
    for standing in rank(a_field()):
        assert standing.place_best <= standing.place <= standing.place_worst


def test_with_more_readers_fewer_places_are_possible():
    def width(times):
        field = [Tally(t.view_id, *(n * times for n in t[1:])) for t in a_field()]
        return sum(s.place_worst - s.place_best for s in rank(field))

    assert width(20) < width(1) / 2


def test_the_prior_is_learned_only_from_enough_views():
    assert Prior.of([(5, 10)] * 9) == Prior(1, 1)
    learned = Prior.of([(5, 10), (6, 10)] * 10)
    assert learned.yes / (learned.yes + learned.no) == pytest.approx(0.55)
    assert learned.yes + learned.no == pytest.approx(50)


def test_views_that_differ_much_are_pulled_little():
    strong, weak = Prior.of([(5, 10)] * 20), Prior.of([(1, 10), (9, 10)] * 10)
    assert weak.yes + weak.no < strong.yes + strong.no


@pytest.mark.parametrize("tally", [Tally("a"), Tally("a", 20, 0, 0, 20), Tally("a", 0, 0, 20)])
def test_unanimous_and_unread_fields_are_ranked_as_level(tally):
    ranked = rank([tally._replace(view_id=n) for n in range(12)])
    assert {s.place for s in ranked} == {1}


def test_an_empty_theme_has_an_empty_ranking():
    assert rank([]) == []


def test_the_order_of_the_input_changes_nothing():
    turned = rank(a_field()[::-1])
    assert [(s.view_id, s.place) for s in turned] == [(s.view_id, s.place) for s in rank(a_field())]


def test_what_divides_is_told_beside_the_ranking():
    field = [Tally("divides", 10, 0, 10), Tally("agreed", 19, 0, 1), Tally("hardly read", 1, 0, 8)]
    assert [s.view_id for s in dividing(rank(field))] == ["divides", "agreed"]
