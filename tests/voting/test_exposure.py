from datetime import UTC, datetime, timedelta

import pytest

from services.voting.exposure import Readership, deal, floor_of, is_last_fifth


def a_theme(views=30, agrees=6, answers=10):
    return [Readership(n, agrees, answers) for n in range(views)]


def test_a_view_that_nobody_has_read_is_dealt_first():
    late = Readership("late", 0, 0)
    assert "late" in deal([*a_theme(), late], 300, "run:kaisa:1")


def test_of_equally_read_views_those_found_good_are_dealt_first():
    good = [Readership(n, 9, 10) for n in range(100, 105)]
    assert set(deal([*a_theme(agrees=2), *good], 350, "run:kaisa:1")) == {100, 101, 102, 103, 104}


def test_a_view_waiting_unanswered_before_others_makes_room_for_the_next():
    waiting = [Readership(n, 6, 13) for n in range(100, 105)]
    assert not set(deal([*a_theme(views=5), *waiting], 115, "run:kaisa:1")) & {100, 101, 102, 103, 104}


def test_the_same_turn_is_dealt_the_same_views_in_whatever_order_they_come():
    dealt = deal(a_theme(), 300, "run:kaisa:1")
    assert deal(reversed(a_theme()), 300, "run:kaisa:1") == dealt


def test_colleagues_who_come_at_the_same_time_are_not_all_dealt_the_same_views():
    assert len({frozenset(deal(a_theme(), 300, f"run:{person}:1")) for person in range(20)}) > 15


def test_the_page_does_not_tell_which_view_leads():
    good = [*a_theme(views=4, agrees=9), Readership(99, 10, 10)]
    assert {deal(good, 50, f"run:{person}:1").index(99) for person in range(50)} == {0, 1, 2, 3, 4}


def test_late_in_the_run_views_below_the_floor_come_before_all_others():
    unread_but_disliked = Readership("short of readers", 0, 4)
    loved = [Readership(n, 12, 12) for n in range(5)]
    assert "short of readers" not in deal([*loved, unread_but_disliked], 64, "run:kaisa:1", curiosity=0.01)
    assert "short of readers" in deal(
        [*loved, unread_but_disliked], 64, "run:kaisa:1", curiosity=0.01, floor=5
    )


@pytest.mark.parametrize(("left", "dealt"), [(0, 0), (1, 1), (3, 3), (5, 5), (6, 5)])
def test_the_last_batch_is_as_long_as_what_is_left(left, dealt):
    assert len(set(deal(a_theme(views=left), 60, "run:kaisa:9"))) == dealt


@pytest.mark.parametrize(
    ("expected_votes", "views", "floor"),
    [(0, 0, 3), (100, 100, 3), (12_000, 600, 8), (12_000, 150, 10), (1_000, 100, 4)],
)
def test_the_promised_floor_follows_what_can_be_expected(expected_votes, views, floor):
    assert floor_of(expected_votes, views) == floor


def test_the_last_fifth_of_the_time_is_told_by_the_closing_date():
    opened = datetime(2026, 3, 1, tzinfo=UTC)
    closes = opened + timedelta(days=10)
    assert not is_last_fifth(opened + timedelta(days=7), opened, closes)
    assert is_last_fifth(opened + timedelta(days=8), opened, closes)
    assert not is_last_fifth(opened + timedelta(days=99), opened, None)
