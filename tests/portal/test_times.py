"""A time that can hardly be meant is asked back before anybody is told."""

from datetime import UTC, datetime, timedelta

import pytest

from services.portal.forms.times import ASKED, FINE, AskedBack, times_in
from services.portal.wording import form_time
from shared.languages import speaking

GAP, TWICE = "2027-03-28T03:30", "2027-10-31T03:30"


def days_away(days: int) -> str:
    return form_time(datetime.now(UTC) + timedelta(days=days))


def read(typed: str, meant: str = "", was: str | None = None, **how):
    return times_in({"at": typed, "at.meant": meant}, {"at": was}, **how)["at"]


def doubt(typed: str, meant: str = "", **how):
    with speaking("en"), pytest.raises(AskedBack) as asked:
        read(typed, meant, **how)
    return asked.value.doubts["at"]


def test_a_form_gives_back_the_moment_that_it_showed():
    then = (datetime.now(UTC) + timedelta(days=9)).replace(second=0, microsecond=0)
    assert read(form_time(then)) == then


def test_an_hour_that_the_clocks_leave_out_does_not_exist_whatever_is_said_of_it():
    for meant in ("", GAP, f"{GAP} 1", f"{GAP} 2"):
        found = doubt(GAP, meant)
        assert found.sentence.startswith("There is no such time") and "4:30" in found.sentence
        assert found.choices == []


def test_of_an_hour_that_comes_twice_is_asked_which_one():
    found = doubt(TWICE)
    assert "twice" in found.sentence and len(found.choices) == 2
    first, second = (read(TWICE, meant) for meant, _ in found.choices)
    assert first.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert second.astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_more_than_two_years_off_is_asked_back_and_taken_when_it_is_meant():
    far = days_away(800)
    [(meant, words)] = doubt(far).choices
    assert words.startswith("Yes, this time") and read(far, meant)
    assert read(days_away(700))


def test_what_was_said_of_one_time_does_not_count_for_another():
    assert doubt(days_away(900), meant=days_away(800)).choices


def test_the_past_is_no_time_to_invite_to_and_can_be_meant_where_it_is_planned():
    past = days_away(-1)
    assert doubt(past, meant=past).choices == []
    [(meant, _)] = doubt(past, past=ASKED).choices
    assert read(past, meant, past=ASKED) and read(past, past=FINE)


def test_what_stays_as_it_stands_is_not_asked_about():
    stood = "2027-10-31T01:30:00+00:00"  # the second of two
    assert read(form_time(stood), was=stood) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert read(form_time(yesterday), was=yesterday)


@pytest.mark.parametrize("typed", ["", "soon", "2027-03-02", "0001-01-01T09:00", "9999-01-01T09:00"])
def test_what_is_no_time_is_asked_back_at_its_field(typed):
    assert doubt(typed).sentence and doubt(typed).choices == []


def test_all_that_is_in_doubt_is_asked_at_once():
    with pytest.raises(AskedBack) as asked:
        times_in({"starts_at": GAP, "ends_at": "soon"}, {"starts_at": None, "ends_at": None})
    assert set(asked.value.doubts) == {"starts_at", "ends_at"}


def test_what_may_lack_is_nothing():
    assert times_in({"at": ""}, {"at": None}, may_lack=True) == {"at": None}
