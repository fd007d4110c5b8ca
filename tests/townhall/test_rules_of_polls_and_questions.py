"""What polls and questions from the floor take, and when."""

from uuid import uuid4

import pytest

from services.townhall.models.poll import NoSuchAnswer, PollHasBeenUsed, PollIsClosed
from services.townhall.models.question import AlreadyDealtWith, NotToBeUpvoted
from services.townhall.models.result import Counted
from shared.contracts.townhall import QuestionCarriedForward
from tests.townhall.events import a_poll, a_question


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nobody_answers_a_poll_before_or_after(state):
    with pytest.raises(PollIsClosed):
        a_poll(state=state).taken(value=0)


@pytest.mark.parametrize("value", [-1, 3, None])
def test_an_answer_is_one_of_the_choices(value):
    with pytest.raises(NoSuchAnswer):
        a_poll().taken(value=value)


def test_a_choice_is_kept_by_its_number():
    assert [a_poll().taken(value=value) for value in (0, 2)] == [
        {"value": 0, "words": []},
        {"value": 2, "words": []},
    ]


def test_a_scale_runs_from_one_to_its_steps():
    scale = a_poll("scale", steps=4)
    assert list(scale.values) == [1, 2, 3, 4]
    for value in (0, 5):
        with pytest.raises(NoSuchAnswer):
            scale.taken(value=value)


def test_words_are_kept_as_they_are_compared():
    kept = a_poll("words").taken(words=["  Rauha ", "RAUHA", "kahvi", "metsä", "liikaa"])
    assert kept == {"value": None, "words": ["rauha", "kahvi", "metsä"]}


def test_a_long_word_is_cut():
    [word] = a_poll("words").taken(words=["x" * 40])["words"]
    assert word == "x" * 30


@pytest.mark.parametrize("nothing", [None, [], [""], [" ", "\u00ad"]])
def test_nothing_is_no_word(nothing):
    with pytest.raises(NoSuchAnswer):
        a_poll("words").taken(words=nothing)


def test_a_poll_that_colleagues_have_seen_keeps_its_wording():
    for state in ("open", "closed"):
        with pytest.raises(PollHasBeenUsed):
            a_poll(state=state).reword(words={"fi": "Toisin?"})


def test_a_draft_is_reworded():
    poll = a_poll(state="draft")
    poll.reword(kind="words", words={"fi": "Kolme sanaa"})
    assert (poll.kind, poll.words) == ("words", {"fi": "Kolme sanaa"})


def test_a_poll_is_closed_once_and_the_screens_hear_of_it():
    poll = a_poll()
    poll.close()
    assert poll.state == "closed" and poll.is_stirred
    draft = a_poll(state="draft")
    draft.close()
    assert draft.state == "draft" and not draft.is_stirred


def test_a_result_is_shown_and_hidden_again_on_all_screens():
    for act, shown in (("reveal", True), ("conceal", False)):
        poll = a_poll(is_revealed=not shown)
        getattr(poll, act)()
        assert poll.is_revealed is shown and poll.is_stirred


def test_how_many_have_answered_is_told_in_fives_until_the_poll_closes():
    poll = a_poll()
    assert [poll.as_told(number) for number in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]
    poll.close()
    assert [poll.as_told(number) for number in (4, 5, 9)] == [0, 5, 9]


def test_bars_stand_also_where_nobody_gave_the_value():
    bars = a_poll().bars({"1": 6, "7": 2})
    assert bars == [{"value": 0, "count": 0}, {"value": 1, "count": 6}, {"value": 2, "count": 0}]


def test_the_cloud_shows_the_most_frequent_first_without_the_struck_ones():
    poll = a_poll("words")
    poll.strike(" Typerys ")
    assert poll.struck == ["typerys"] and poll.is_stirred
    cloud = poll.cloud({"kahvi": 1, "typerys": 9, "rauha": 2, "metsä": 3, "aamu": 2})
    assert [word["word"] for word in cloud] == ["metsä", "aamu", "rauha", "kahvi"]
    assert cloud[0] == {"word": "metsä", "count": 3}


def test_the_cloud_has_room_for_sixty_words():
    assert len(a_poll("words").cloud({f"sana {nr}": 1 for nr in range(70)})) == 60


def test_counts_are_noted_for_what_was_said_and_for_all():
    counted = Counted()
    counted.note(None, 7), counted.note("0", 4), counted.note("1", 3)
    assert (counted.answers, counted.counts) == (7, {"0": 4, "1": 3})


@pytest.mark.parametrize("state", ["waiting", "answered", "hidden"])
def test_a_question_that_is_not_shown_takes_no_upvotes(state):
    with pytest.raises(NotToBeUpvoted):
        a_question(state).must_take_upvotes()
    a_question().must_take_upvotes()


def test_a_host_shows_and_hides_a_question_on_all_screens():
    question = a_question("waiting")
    question.show()
    assert question.state == "shown" and question.is_stirred
    hidden = a_question()
    hidden.hide()
    assert hidden.state == "hidden" and hidden.is_stirred


def test_a_question_is_answered_aloud_or_in_writing():
    question = a_question()
    question.mark_answered()
    assert (question.state, question.reply) == ("answered", "") and question.is_stirred
    question.mark_answered("Tiimi sopii siitä.")
    question.mark_answered()
    assert question.reply == "Tiimi sopii siitä."


def test_what_was_left_unanswered_goes_on_to_the_survey_once():
    question, run = a_question(upvotes=7), uuid4()
    for _ in range(2):
        question.carry_forward(run)
    assert question.is_carried_forward
    about = {"run_id": run, "hall_id": question.hall_id, "question_id": question.id}
    assert question.told == [QuestionCarriedForward(**about, upvotes=7)]


@pytest.mark.parametrize("state", ["answered", "hidden"])
def test_an_answered_or_hidden_question_does_not_go_on(state):
    question = a_question(state)
    with pytest.raises(AlreadyDealtWith):
        question.carry_forward(uuid4())
    assert question.told == []
