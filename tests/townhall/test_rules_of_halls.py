"""What may be done with an all-staff event: before, during and after it."""

from datetime import UTC, datetime, timedelta

import pytest

from services.townhall.models.hall import (
    FORGOTTEN_AFTER,
    LATE_AFTER,
    DoorsAreClosed,
    EndsBeforeItStarts,
    HallIsOver,
    NotOnAir,
)
from services.townhall.video_hosts import StreamNotListed
from shared.contracts.townhall import TownhallEnded, TownhallScheduled, TownhallStarted
from tests.townhall.events import (
    HAND,
    a_hall,
    a_poll,
    a_question,
    asked_in,
    ended,
    in_hours,
    on_air,
    shown,
    told,
)

ON_TIME = timedelta(minutes=1)


def test_an_event_cannot_start_before_its_phase():
    with pytest.raises(DoorsAreClosed):
        a_hall().start()


def test_the_doors_open_once_and_close_again():
    hall = a_hall()
    hall.open_doors()
    assert hall.state == "open" and hall.is_stirred
    hall.close_doors()
    assert hall.state == "planned"


@pytest.mark.parametrize("state", ["on_air", "over"])
def test_an_event_that_has_begun_opens_and_closes_no_doors(state):
    hall = a_hall(state)
    hall.open_doors(), hall.close_doors()
    assert hall.state == state and not hall.is_stirred


def test_the_others_hear_when_it_is():
    hall, starts_at, ends_at = a_hall(), in_hours(1), in_hours(2)
    hall.set_time(starts_at, ends_at)
    [scheduled] = told(hall, TownhallScheduled)
    assert (scheduled.hall_id, scheduled.purpose) == (hall.id, "kickoff")
    assert (scheduled.starts_at, scheduled.ends_at) == (hall.starts_at, hall.ends_at) == (starts_at, ends_at)
    assert hall.is_stirred


@pytest.mark.parametrize("hours", [0, -1])
def test_it_cannot_end_before_it_starts(hours):
    hall, noon = a_hall(), in_hours(3)
    with pytest.raises(EndsBeforeItStarts):
        hall.set_time(noon, noon + timedelta(hours=hours))


def test_a_double_click_starts_and_ends_it_once():
    hall = a_hall("open")
    assert (hall.start(), hall.start()) == (True, False)
    assert hall.state == "on_air" and hall.is_stirred
    counts = {"signed_up": 3, "questions": 2, "answered": 1}
    assert (hall.end(**counts), hall.end(**counts)) == (True, False)
    assert hall.state == "over"
    assert told(hall, TownhallStarted) == [TownhallStarted(run_id=hall.run_id, hall_id=hall.id)]
    assert told(hall, TownhallEnded) == [TownhallEnded(run_id=hall.run_id, hall_id=hall.id, **counts)]


def test_what_has_not_begun_is_not_ended():
    with pytest.raises(NotOnAir):
        ended(a_hall("open"))


def test_a_host_who_goes_home_does_not_keep_the_key_alive():
    hall = on_air()
    assert abs(hall.timers["hall_forgotten"] - datetime.now(UTC) - FORGOTTEN_AFTER) < ON_TIME


def test_an_event_that_is_to_last_is_not_forgotten_before_it():
    tomorrow = in_hours(24)
    assert on_air(ends_at=tomorrow).timers["hall_forgotten"] == tomorrow + FORGOTTEN_AFTER
    yesterday = on_air(ends_at=in_hours(-24))
    assert yesterday.timers["hall_forgotten"] > datetime.now(UTC)


def test_after_the_end_late_hands_are_forgotten_and_the_event_is_not_ended_again():
    timers = ended(on_air()).timers
    assert timers["hall_forgotten"] is None
    assert abs(timers["hands_came_late"] - datetime.now(UTC) - LATE_AFTER) < ON_TIME


def test_nothing_begins_again_after_the_end():
    hall = ended(on_air())
    for act in (
        hall.start,
        lambda: hall.switch("questions"),
        lambda: hall.set_time(in_hours(1), in_hours(2)),
        hall.must_not_be_over,
        lambda: asked_in(hall),
    ):
        with pytest.raises(HallIsOver):
            act()


def test_before_the_end_people_sign_up():
    for state in ("planned", "open", "on_air"):
        a_hall(state).must_not_be_over()


def test_nothing_comes_on_stage_before_the_event_begins():
    with pytest.raises(NotOnAir):
        a_hall("open").switch("questions")


def test_one_thing_is_on_stage_at_a_time():
    hall, first, second = on_air(), a_poll(state="draft"), a_poll(state="draft")
    hall.switch("poll", first)
    assert (hall.on_stage, hall.poll_id, first.state) == ("poll", first.id, "open")
    hall.switch("poll", second, before=[first])
    assert (hall.poll_id, first.state, second.state) == (second.id, "closed", "open")
    hall.switch("questions", before=[second])
    assert (hall.on_stage, hall.poll_id, second.state) == ("questions", None, "closed")


def test_a_poll_that_is_on_stage_already_goes_on():
    hall, poll = on_air(), a_poll()
    hall.switch("poll", poll, before=[poll])
    assert poll.state == "open" and hall.is_stirred


def test_the_end_clears_the_stage():
    hall = on_air()
    hall.switch("poll", a_poll())
    assert (ended(hall).on_stage, hall.poll_id) == ("pause", None)


def test_the_way_in_is_shown_when_it_is_time():
    assert not a_hall("open").is_time_to_join
    assert not a_hall("open", starts_at=in_hours(1)).is_time_to_join
    assert a_hall("open", starts_at=in_hours(0.2)).is_time_to_join
    assert not a_hall("planned", starts_at=in_hours(0.2)).is_time_to_join
    assert on_air(starts_at=in_hours(1)).is_time_to_join
    assert not ended(on_air(starts_at=in_hours(-1))).is_time_to_join


@pytest.mark.parametrize(
    "address",
    [
        "http://teams.microsoft.com/x",
        "https://evil.example/teams.microsoft.com",
        "https://teams.microsoft.com.evil.example/",
        "https://teams.microsoft.com@evil.example/",
        "https://user@teams.microsoft.com/",
        "https://teams.microsoft.com:8443/",
        "javascript:alert(1)",
        "//teams.microsoft.com/x",
        "https://[",
    ],
)
@pytest.mark.parametrize("link", ["stream_url", "recording_url", "transcript_url"])
def test_nobody_is_sent_to_an_address_that_is_not_listed(address, link):
    hall = a_hall()
    with pytest.raises(StreamNotListed):
        hall.describe(**{link: address})
    assert getattr(hall, link) is None


def test_a_listed_address_is_kept_and_taken_away_again():
    hall = a_hall()
    hall.describe(stream_url="https://teams.microsoft.com/l/meetup-join/1", script="Tervetuloa.")
    assert hall.stream_url == "https://teams.microsoft.com/l/meetup-join/1"
    assert hall.script == "Tervetuloa." and hall.is_stirred
    hall.describe(stream_url="")
    assert hall.stream_url is None


def test_codes_hold_nothing_that_is_mistaken_on_a_far_wall():
    codes = {a_hall().code for _ in range(50)}
    assert len(codes) == 50 and not {letter for code in codes for letter in code} & set("01ILOU")


def test_nobody_asks_while_the_doors_are_closed():
    with pytest.raises(DoorsAreClosed):
        asked_in(a_hall())


def test_questions_come_in_before_and_during_the_event():
    for hall in (a_hall("open"), on_air()):
        question = asked_in(hall)
        assert (question.hall_id, question.state, question.is_stirred) == (hall.id, "waiting", True)


def test_where_moderation_comes_after_a_question_is_shown_at_once():
    assert asked_in(on_air(moderation="after")).state == "shown"


def test_only_the_categories_of_the_event_count():
    hall = on_air(categories=[{"key": "meetings", "words": {"fi": "Kokoukset"}}])
    assert asked_in(hall, "meetings").category == "meetings"
    assert asked_in(hall, "gossip").category is None


def test_in_an_anonymous_hall_nobody_even_asks_whose_hand_it_is():
    def refuse() -> bytes:
        raise AssertionError("Nobody may know.")

    question = on_air().ask("Saako kotona tehdä töitä?", "fi", None, hand=refuse)
    assert question.hand is None


def test_in_a_pseudonymous_hall_a_question_keeps_its_hand():
    assert asked_in(on_air(asking="pseudonymous")).hand == HAND


def test_what_the_host_ticks_goes_on_to_the_survey_of_this_run():
    hall, questions = ended(on_air()), [a_question(), a_question("waiting")]
    hall.carry_forward(questions)
    assert [question.is_carried_forward for question in questions] == [True, True]
    assert {event.run_id for question in questions for event in question.told} == {hall.run_id}
    assert hall.is_stirred


CHANGES = {
    "words": lambda hall: hall.describe(script="Tervetuloa."),
    "time": lambda hall: hall.set_time(in_hours(1), in_hours(2)),
    "stage": lambda hall: hall.switch("questions"),
    "ticked": lambda hall: hall.carry_forward([]),
    "end": ended,
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changes_on_the_air_comes_to_all_screens(change):
    hall = shown(on_air())
    assert not hall.is_stirred
    CHANGES[change](hall)
    assert hall.is_stirred


def test_opening_closing_and_starting_come_to_all_screens():
    hall = a_hall()
    for change in (hall.open_doors, hall.close_doors, hall.open_doors, hall.start):
        change()
        assert hall.is_stirred
        shown(hall)
