import pytest

from services.voting.ranking import Tally
from services.voting.seats import (
    PULLS,
    Group,
    fill_seats,
    joined_by_the_small,
    likeliest_pull,
    merge_the_small,
    shared_out,
)


def a_group(name, people, **agrees):
    """A group whose members each read every view once."""
    return Group(name, people, [Tally(view, count, 0, people - count) for view, count in agrees.items()])


def test_seats_follow_size_by_largest_remainder():
    people = {"Etelä": 47, "Länsi": 16, "Itä": 16, "Pohjoinen": 12, "Lappi": 6, "Åland": 3}
    given = {"Etelä": 5, "Länsi": 2, "Itä": 2, "Pohjoinen": 1, "Lappi": 0, "Åland": 0}
    assert shared_out(people, 10) == given


def test_every_seat_is_given():
    for seats in range(30):
        assert sum(shared_out({"a": 7, "b": 5, "c": 1}, seats).values()) == seats


def test_nobody_gets_less_than_the_whole_part_of_their_share():
    people = {"a": 61, "b": 25, "c": 14}
    given = shared_out(people, 12)
    assert all(given[name] >= 12 * count // 100 for name, count in people.items())


def test_equal_remainders_go_to_the_larger_group_and_then_by_name():
    assert shared_out({"b": 1, "a": 1}, 1) == {"a": 1, "b": 0}
    assert shared_out({"small": 1, "large": 3}, 2) == {"large": 2, "small": 0}


def test_a_group_fills_its_seat_from_its_own_answers():
    many = a_group("many", 80, p=78, q=76, r=75, s=74, x=1, y=1)
    few = a_group("few", 20, p=1, q=1, r=1, s=1, x=19, y=18)
    seats = fill_seats([many, few], 5, hearts=False)
    assert [(s.group, s.view_id) for s in seats if s.group == "few"] == [("few", "x")]
    assert sorted(s.view_id for s in seats if s.group == "many") == ["p", "q", "r", "s"]


def test_a_view_that_two_groups_want_is_chosen_once():
    seats = fill_seats([a_group("a", 10, x=10, y=8, z=1), a_group("b", 10, x=10, y=2, z=9)], 2, hearts=False)
    assert len({s.view_id for s in seats}) == 2


def test_no_more_questions_are_chosen_than_there_are_views():
    assert len(fill_seats([a_group("a", 10, x=10, y=8)], 12, hearts=False)) == 2
    assert fill_seats([], 12) == []


def test_a_groups_hearts_help_its_view_to_a_seat():
    flat = [Tally("x", 8, 0, 2, 0), Tally("y", 8, 0, 2, 6), Tally("z", 8, 0, 2, 0)]
    assert [s.view_id for s in fill_seats([Group("a", 10, flat)], 1)] == ["y"]


def test_groups_that_answer_alike_are_pulled_together():
    alike = [[(50, 100), (20, 100), (90, 100)]] * 2
    assert likeliest_pull(alike, [0.5, 0.2, 0.9]) == PULLS[-1]


def test_groups_that_differ_keep_their_own_mind():
    apart = [[(95, 100), (5, 100)], [(5, 100), (95, 100)]]
    assert likeliest_pull(apart, [0.5, 0.5]) <= 1


def test_small_groups_join_the_largest_and_it_is_said():
    groups = [a_group("b", 9, x=9), a_group("a", 40, x=10), a_group("c", 10, x=1)]
    assert joined_by_the_small({g.name: g.people for g in groups}, "ac") == {"b": "a"}
    assert [(g.name, g.people, g.tallies[0].agrees) for g in merge_the_small(groups, "ac")] == [
        ("a", 49, 19),
        ("c", 10, 1),
    ]


@pytest.mark.parametrize("people", [[3], [3, 4]])
def test_where_all_are_small_one_group_remains(people):
    (one,) = merge_the_small([a_group(str(n), n, x=1) for n in people], ())
    assert one.people == sum(people)


def test_over_several_themes_each_gets_its_share_of_the_seats():
    views = {f"{theme}{n}": (9 if theme == "m" else 5) for theme in "mt" for n in range(6)}
    group = a_group("a", 10, **views)
    chosen = fill_seats([group], 4, hearts=False, theme_of={view: view[0] for view in views})
    assert sorted(seat.view_id[0] for seat in chosen) == ["m", "m", "t", "t"]


def test_a_small_group_gets_its_seat_though_each_theme_has_too_few_for_it():
    views = {f"{theme}{n}": 5 for theme in "abcd" for n in range(6)}
    many, few = a_group("many", 88, **views), a_group("few", 12, **views)
    chosen = fill_seats([many, few], 12, hearts=False, theme_of={view: view[0] for view in views})
    assert [seat.group for seat in chosen].count("few") == 1
    assert sorted(seat.view_id[0] for seat in chosen) == list("aaabbbcccddd")


def test_a_theme_with_too_few_views_leaves_its_room_to_the_others():
    group = a_group("a", 10, m1=5, t1=9, t2=8, t3=7)
    theme_of = {view: view[0] for view in ("m1", "t1", "t2", "t3")}
    assert len(fill_seats([group], 4, hearts=False, theme_of=theme_of)) == 4
