"""Questions for the workshops: read, worded, joined, split, put aside, brought to the table."""

from uuid import UUID

from msgspec.structs import asdict

from services.workshop import questions, ranking
from services.workshop.api.finding import in_my_run, is_participant, planned, the_question
from services.workshop.models import Question
from shared.contracts.api import workshop_questions as shapes
from shared.contracts.api.workshop_questions import Questions
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves
from shared.web.shapes import shape_of

api = Blueprint("questions", __name__)


@serves(api, Questions.questions)
def of_run(
    run_id: UUID, state: shapes.State | None = None, theme_id: UUID | None = None
) -> list[shapes.Question]:
    only_tabled = is_participant() and not caller().is_any("coordinator")
    wanted = "tabled" if only_tabled else state
    return [shown(one) for one in questions.of_run(session(), in_my_run(run_id), wanted, theme_id)]


@serves(api, Questions.question)
def question(question_id: UUID) -> shapes.QuestionWithLog:
    return shape_of(shapes.QuestionWithLog, the_question(question_id))


@serves(api, Questions.ranked_views)
def ranked_views(run_id: UUID, theme_id: UUID | None = None) -> list[shapes.RankedView]:
    found = ranking.standing(session(), run_id, theme_id)
    return [shape_of(shapes.RankedView, view) for view in found]


@serves(api, Questions.question_texts)
def question_texts(run_id: UUID, wanted: shapes.Ids) -> dict[UUID, dict[str, str]]:
    return questions.wordings(session(), in_my_run(run_id), wanted.ids)


@serves(api, Questions.ask)
def ask(run_id: UUID, new: shapes.NewQuestion) -> shapes.Question:
    return added(Question.ask(planned(run_id), by=caller().subject, **asdict(new)))


@serves(api, Questions.word)
def word(question_id: UUID, reworded: shapes.Reworded) -> shapes.Question:
    question = the_question(question_id)
    session().refresh(question, with_for_update=True)  # one after the other
    question.say(**merged_struct(reworded, question), by=caller().subject)
    return shown(question)


@serves(api, Questions.add_source)
def add_source(question_id: UUID, named: shapes.ViewNamed) -> shapes.Question:
    question = the_question(question_id)
    question.add_source(named.view_id, caller().subject)
    return shown(question)


@serves(api, Questions.remove_source)
def remove_source(question_id: UUID, view_id: UUID) -> shapes.Question:
    question = the_question(question_id)
    question.remove_source(view_id, caller().subject)
    return shown(question)


@serves(api, Questions.join)
def join(question_id: UUID, named: shapes.OtherNamed) -> shapes.Question:
    question = the_question(question_id)
    question.join(find(session(), Question, named.other_id), caller().subject)
    return shown(question)


@serves(api, Questions.split)
def split(question_id: UUID, chosen: shapes.ViewsChosen) -> shapes.Question:
    return added(the_question(question_id).split(chosen.views, caller().subject))


@serves(api, Questions.undo_change)
def undo_change(question_id: UUID) -> shapes.Question:
    question = the_question(question_id)
    question.undo(caller().subject)
    return shown(question)


@serves(api, Questions.put_aside)
def put_aside(question_id: UUID, because: shapes.PutAside) -> shapes.Question:
    question = the_question(question_id)
    question.put_aside(because.reason, caller().subject)
    return shown(question)


@serves(api, Questions.take_back)
def take_back(question_id: UUID) -> shapes.Question:
    question = the_question(question_id)
    question.take_back(caller().subject)
    return shown(question)


@serves(api, Questions.table)
def table(question_id: UUID) -> shapes.Question:
    question = the_question(question_id)
    question.bring_to_the_table(caller().subject)
    return shown(question)


def added(question: Question) -> shapes.Question:
    session().add(question)
    session().flush()
    return shown(question)


def shown(question: Question) -> shapes.Question:
    return shape_of(shapes.Question, question)
