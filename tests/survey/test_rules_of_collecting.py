"""When views are taken, how, and what the clock is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from services.survey.models.collecting import (
    AUTHORS_BEGIN_ANEW,
    HANDFUL_LEAVES,
    MODERATORS_ARE_REMINDED,
    CollectingHasEnded,
    CollectingHasNotBegun,
    ThemesAreSettled,
    handful_in,
)
from services.survey.models.view import next_night
from shared.contracts.process import PhaseMoved
from shared.contracts.survey import CollectingEnded, ThemePublished, ViewsAwaitModeration
from shared.languages import ZONE
from tests.survey.views import AT_TEN, RUN, THEME, WORDS, a_theme, ended, opened, planned, told, waiting

HOUR, MOMENT = timedelta(hours=1), timedelta(minutes=1)


def test_nobody_gives_a_view_before_the_phase():
    with pytest.raises(CollectingHasNotBegun):
        planned().must_be_open()


def test_during_the_phase_people_give_views():
    collecting = opened()
    collecting.must_be_open()
    assert collecting.is_open and not ended().is_open


def test_nobody_gives_a_view_after_the_phase():
    with pytest.raises(CollectingHasEnded):
        ended().must_be_open()


def test_moderators_read_first_unless_the_phase_says_otherwise():
    assert opened().moderated_first and opened(moderation="before").moderated_first
    assert not opened(moderation="after").moderated_first


def test_people_write_first_unless_the_phase_says_otherwise():
    assert not opened().may_be_read_by_everybody
    assert opened(read_first="yes").may_be_read_by_everybody
    assert ended().may_be_read_by_everybody


@pytest.mark.parametrize(
    ("said", "holds"), [("", 5), ("1", 5), ("5", 5), ("50", 50), ("900", 50), ("x", 5), ("-7", 5), ("²", 5)]
)
def test_a_handful_is_never_of_fewer_than_five_nor_of_more_than_fifty(said, holds):
    assert handful_in({"give_views.handful": said}) == opened(handful=said).handful == holds


def test_themes_are_published_once_however_often_the_phase_opens():
    collecting = opened()
    collecting.end(shared=0, rejected=0, withdrawn=0)
    opened(AT_TEN + HOUR, collecting)
    assert told(collecting) == [ThemePublished, CollectingEnded]
    assert collecting.is_open and collecting.told[0].key == "meetings"


def test_the_agreed_end_moves_with_the_plan_of_this_phase():
    collecting = opened()
    collecting.move(PhaseMoved(run_id=RUN, phase="launch", closes_at=AT_TEN))
    assert collecting.closes_at is None
    collecting.move(PhaseMoved(run_id=RUN, phase="views", closes_at=AT_TEN))
    assert collecting.closes_at == AT_TEN


def test_the_end_is_told_with_its_counts():
    assert ended().told[-1] == CollectingEnded(run_id=RUN, shared=3, rejected=2, withdrawn=1)


def test_while_views_are_taken_somebody_looks_for_handfuls_and_reminds_the_moderators():
    timers = opened().timers
    in_five_minutes = datetime.now(UTC) + timedelta(minutes=5)
    assert abs(timers[HANDFUL_LEAVES] - in_five_minutes) < MOMENT
    assert timers[MODERATORS_ARE_REMINDED] == next_night()


def test_the_clock_is_asked_for_nothing_more_after_the_end():
    assert ended().timers == {HANDFUL_LEAVES: None, MODERATORS_ARE_REMINDED: None}


def test_the_night_to_come_begins_at_three_in_helsinki():
    tonight = next_night().astimezone(ZONE)
    assert (tonight.hour, tonight.minute) == (3, 0)
    assert tonight.date() == datetime.now(ZONE).date() + timedelta(days=1)


def test_the_moderators_are_reminded_while_views_wait_and_every_night_anew():
    collecting = opened()
    collecting.remind_the_moderators(waiting=0)
    assert told(collecting) == [ThemePublished]
    collecting.cancel(MODERATORS_ARE_REMINDED)
    collecting.remind_the_moderators(waiting=2)
    assert collecting.told[-1] == ViewsAwaitModeration(run_id=RUN, waiting=2)
    assert collecting.timers[MODERATORS_ARE_REMINDED] == next_night()


def test_a_key_that_dies_while_views_are_taken_gives_way_to_a_new_one():
    collecting = opened()
    assert collecting.forget(AT_TEN + HOUR) and collecting.is_forgotten
    assert AUTHORS_BEGIN_ANEW in collecting.timers


def test_a_key_that_dies_after_the_end_is_followed_by_none():
    collecting = ended()
    assert collecting.forget(AT_TEN + HOUR) and collecting.is_forgotten
    assert AUTHORS_BEGIN_ANEW not in collecting.timers


def test_word_of_a_key_of_before_that_comes_late_is_about_nothing_of_now():
    collecting = opened()
    assert not collecting.forget(AT_TEN - HOUR)
    assert not collecting.is_forgotten and AUTHORS_BEGIN_ANEW not in collecting.timers


def test_a_key_that_dies_in_the_moment_of_the_opening_is_that_of_now():
    assert opened().forget(AT_TEN)


def test_word_of_an_opening_that_comes_late_brings_nothing_back():
    collecting = planned()
    assert collecting.forget(AT_TEN)
    opened(AT_TEN - HOUR, collecting)
    assert collecting.is_forgotten
    opened(AT_TEN + HOUR, collecting)
    opened(AT_TEN - HOUR, collecting)
    assert not collecting.is_forgotten and collecting.opened_at == AT_TEN + HOUR


def test_a_view_that_leaves_waits_for_a_moderator_or_is_shared_at_once():
    left = waiting()
    first = opened(moderation="before").take(left)
    assert (first.status, first.told) == ("waiting", [])
    assert (first.id, first.theme_id, first.run_id, first.text) == (left.id, THEME, RUN, left.text)
    assert opened(moderation="after").take(waiting()).status == "shared"


def test_staff_word_the_themes_until_people_answer_them():
    theme, other = a_theme(), {"fi": WORDS | {"question": "Toisin?"}}
    planned().reword(theme, other)
    assert theme.words == other
    for collecting in (opened(), ended()):
        with pytest.raises(ThemesAreSettled):
            collecting.reword(theme, {"fi": WORDS})


def test_a_theme_is_read_in_the_first_language_there_is_where_it_has_no_other():
    theme = a_theme()
    theme.words = {"fi": WORDS, "sv": WORDS | {"name": "Möten"}}
    assert theme.in_language("sv")["name"] == "Möten"
    assert theme.in_language("en")["name"] == "Kokoukset"
