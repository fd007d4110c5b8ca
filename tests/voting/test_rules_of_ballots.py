"""When people may answer, and what the clock is asked for: ballots in memory."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.voting.models import Ballot
from services.voting.models.ballot import (
    AlreadyReleased,
    AnswersAreGone,
    GroupingIsFixed,
    StillCounting,
    StillVoting,
    VotingHasClosed,
    VotingHasNotOpened,
)

AT_TEN = datetime(2027, 3, 14, 10, tzinfo=UTC)
HOUR, MOMENT = timedelta(hours=1), timedelta(minutes=1)


def a_ballot(**more: object) -> Ballot:
    return Ballot(run_id=uuid4(), **more)


def opened(**more: object) -> Ballot:
    ballot = a_ballot(**more)
    ballot.open("views", AT_TEN, None)
    return ballot


def ended(**more: object) -> Ballot:
    ballot = opened(**more)
    ballot.end(AT_TEN + HOUR)
    return ballot


def in_a_moment(ballot: Ballot, name: str) -> bool:
    return abs(ballot.timers[name] - datetime.now(UTC)) < MOMENT


def test_nobody_answers_before_reading_opens():
    with pytest.raises(VotingHasNotOpened):
        a_ballot().must_be_open()


def test_while_reading_is_open_people_answer():
    ballot = opened()
    ballot.must_be_open()
    assert ballot.state == "open" and in_a_moment(ballot, "count_the_readings")


def test_nobody_answers_after_closing():
    with pytest.raises(VotingHasClosed):
        ended().must_be_open()


def test_whoever_comes_after_the_keys_day_hears_that_the_answers_are_gone():
    ballot = ended()
    ballot.forget()
    assert ballot.groups == {}
    with pytest.raises(AnswersAreGone):
        ballot.must_be_open()


def test_the_last_answers_are_counted_once_the_end_is_committed():
    ballot = opened()
    assert ballot.end(AT_TEN) and ballot.state == "ended"
    assert in_a_moment(ballot, "count_the_last_answers")


def test_what_has_not_begun_or_is_over_does_not_end():
    assert not a_ballot().end(AT_TEN)
    ballot = ended()
    assert not ballot.end(AT_TEN + 2 * HOUR) and ballot.ended_at == AT_TEN + HOUR


def test_reading_that_was_closed_too_early_goes_on():
    ballot = ended()
    ballot.counted_at = AT_TEN + HOUR
    ballot.open("more views", AT_TEN + 2 * HOUR, AT_TEN + 3 * HOUR)
    assert (ballot.state, ballot.phase, ballot.opened_at) == ("open", "more views", AT_TEN)
    assert ballot.closes_at == AT_TEN + 3 * HOUR and ballot.counted_at is None


@pytest.mark.parametrize("why", ["released", "forgotten"])
def test_what_is_released_or_forgotten_does_not_open_again(why):
    ballot = opened(**{why: True})
    assert ballot.opened_at is None and ballot.timers == {}


def test_answers_go_only_after_they_were_counted():
    for ballot in (opened(), ended()):
        ballot.let_the_answers_go_once_counted()
        assert ballot.state == "ended"
        assert ballot.timers["count_the_last_answers"] <= ballot.timers["let_the_answers_go"]


def test_results_are_seen_after_the_count():
    with pytest.raises(StillVoting):
        opened().must_be_counted()
    ballot = ended()
    with pytest.raises(StillCounting):
        ballot.must_be_counted()
    ballot.counted_at = AT_TEN
    ballot.must_be_counted()
    assert ballot.state == "counted"


def test_terms_are_agreed_before_the_results_are_out():
    ballot = a_ballot()
    ballot.agree_on(goal=40, with_hearts=False, seats_by="site")
    assert (ballot.goal, ballot.with_hearts, ballot.seats_by) == (40, False, "site")
    with pytest.raises(AlreadyReleased):
        a_ballot(released=True).agree_on(goal=40)


def test_once_reading_is_open_the_grouping_stays():
    ballot = opened()
    with pytest.raises(GroupingIsFixed):
        ballot.agree_on(seats_by="site")
    ballot.agree_on(seats_by="unit", goal=30)
    assert ballot.goal == 30


def test_readers_are_expected_by_what_is_known():
    assert a_ballot().expected_votes(voters=3) == 3 * 20
    assert a_ballot(invited=100).expected_votes(voters=3) == 50 * 20
    assert a_ballot(invited=100, expected_readers=80).expected_votes(voters=3) == 80 * 20
    assert a_ballot(expected_readers=10).expected_votes(voters=12) == 12 * 20


def test_a_group_that_was_shown_is_not_hidden_again():
    ballot = a_ballot(groups={"north": [1, 14], "south": [0, 14]})
    assert ballot.large_groups({"north": 3, "south": 13, "east": 9, "west": 10}) == {"north", "west"}
    assert ballot.large_groups({"south": 14}) == {"south"}
