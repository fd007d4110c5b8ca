"""What may be done to a question, and when."""

from uuid import uuid4

import pytest

from services.workshop.models import Question
from services.workshop.models.question import (
    JoinAnother,
    NothingToSplit,
    NothingToUndo,
    NotOnTheDesk,
    NoWordingYet,
    ReasonNeeded,
    ViewIsNotBehind,
)
from shared.contracts.workshop import QuestionPutAside, QuestionTabled

ANNA = uuid4()


def a_question(views: int = 1, beside: Question | None = None) -> Question:
    about = {"run_id": beside.run_id, "theme_id": beside.theme_id} if beside else {}
    known = {"run_id": uuid4(), "theme_id": uuid4()} | about
    return Question.ask(**known, views=[uuid4() for _ in range(views)], wording={}, by=ANNA)


def tabled() -> Question:
    question = a_question()
    question.say({"fi": "Miten kokoukset lyhenevät?"}, by=ANNA)
    question.bring_to_the_table(ANNA)
    return question


def test_a_seat_proposes_a_question_with_its_view():
    view = uuid4()
    question = Question.proposed(uuid4(), uuid4(), view, position=2)
    assert (question.state, question.seed_view_id, question.view_ids) == ("proposed", view, [view])
    assert [change.what for change in question.changes] == ["proposed"]


def test_a_question_comes_to_the_table_with_a_wording_and_is_told_once():
    question = a_question()
    with pytest.raises(NoWordingYet):
        question.bring_to_the_table(ANNA)
    question = tabled()
    question.bring_to_the_table(ANNA)
    assert [type(event) for event in question.told] == [QuestionTabled]


def test_a_reason_that_shows_nothing_puts_no_question_aside():
    question = a_question()
    with pytest.raises(ReasonNeeded):
        question.put_aside("\u00ad", ANNA)
    question.put_aside("Se ratkesi jo.", ANNA)
    assert [type(event) for event in question.told] == [QuestionPutAside]
    with pytest.raises(NotOnTheDesk):
        question.say({"fi": "?"}, by=ANNA)
    question.take_back(ANNA)
    assert question.state == "proposed"


def test_questions_of_another_run_are_not_joined_nor_a_question_with_itself():
    question = a_question()
    for other in (question, a_question()):
        with pytest.raises(JoinAnother):
            question.join(other, ANNA)


def test_a_joined_question_lies_behind_the_other():
    question = a_question()
    other = a_question(views=2, beside=question)
    question.join(other, ANNA)
    assert (other.state, other.joined_to, len(question.view_ids)) == ("joined", question.id, 3)


def test_at_least_one_view_stays_with_a_question_that_is_split():
    question = a_question(views=2)
    for views in ([], question.view_ids):
        with pytest.raises(NothingToSplit):
            question.split(views, ANNA)
    with pytest.raises(ViewIsNotBehind):
        question.split([uuid4()], ANNA)
    gone = question.view_ids[0]
    assert question.split([gone], ANNA).view_ids == [gone] and gone not in question.view_ids


def test_what_was_undone_is_not_undone_again():
    question, more = a_question(), uuid4()
    question.add_source(more, ANNA)
    question.undo(ANNA)
    assert more not in question.view_ids
    with pytest.raises(NothingToUndo):
        question.undo(ANNA)
