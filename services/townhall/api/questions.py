"""Questions from the floor: asked, lifted, shown and answered."""

from uuid import UUID

from services.townhall import halls, upvotes
from services.townhall.api.finding import hall_to_be_in, of_my_run
from services.townhall.models import Question
from services.townhall.models.key import hand_in
from shared.contracts.api import townhall as shapes
from shared.contracts.api.townhall import Townhall
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import paced
from shared.web.serving import serves
from shared.web.shapes import shape_of

questions = Blueprint("questions", __name__, description="Questions from the floor")


def held(question_id: UUID) -> Question:
    return halls.held(session(), Question, question_id)


@serves(questions, Townhall.ask)
@paced(burst=20, seconds=30)
def ask(hall_id: UUID, asked: shapes.QuestionAsked) -> shapes.Question:
    hall, me, here = hall_to_be_in(hall_id), caller().subject, session()
    question = hall.ask(
        asked.words, asked.language, asked.category, hand=lambda: hand_in(here, hall.id, me, hall.id)
    )
    here.add(question)
    return shape_of(shapes.Question, question)


@serves(questions, Townhall.carried_forward)
def carried_forward(ids: str) -> list[shapes.Question]:
    found = halls.carried_forward(session(), [UUID(id) for id in ids.split(",")])
    return [shape_of(shapes.Question, question) for question in found]


@serves(questions, Townhall.upvote)
def upvote(question_id: UUID) -> None:
    upvotes.give(session(), of_my_run(Question, question_id), caller().subject)


@serves(questions, Townhall.take_upvote_back)
def take_upvote_back(question_id: UUID) -> None:
    upvotes.take_back(session(), of_my_run(Question, question_id), caller().subject)


@serves(questions, Townhall.show)
def show(question_id: UUID) -> None:
    held(question_id).show()


@serves(questions, Townhall.hide)
def hide(question_id: UUID) -> None:
    held(question_id).hide()


@serves(questions, Townhall.mark_answered)
def mark_answered(question_id: UUID, said: shapes.Reply) -> None:
    question = held(question_id)
    question.mark_answered(**merged_struct(said, question))
