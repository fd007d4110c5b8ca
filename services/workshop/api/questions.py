"""Questions for the workshops over HTTP."""

from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.workshop.api.finding import LEADING, READING, in_my_run, is_participant, planned, the_question
from services.workshop.models import Question, RankedView
from services.workshop.schemas import (
    IdsSchema,
    JoinSchema,
    NewQuestionSchema,
    QuestionsArguments,
    QuestionSchema,
    QuestionWithLogSchema,
    RankedArguments,
    RankedViewSchema,
    ReasonSchema,
    RewordingSchema,
    SourceSchema,
    SplitSchema,
)
from shared.database import find
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged

api = Blueprint("questions", __name__)


@api.route("/runs/<uuid:run_id>/questions")
class Questions(MethodView):
    @open_to("participant", *READING)
    @api.arguments(QuestionsArguments, location="query")
    @api.response(200, QuestionSchema(many=True))
    def get(self, wanted, run_id: UUID):
        """The questions of a run; participants see those on the table."""
        query = select(Question).filter_by(run_id=in_my_run(run_id))
        if is_participant() and not caller().is_any("coordinator"):
            wanted["state"] = "tabled"
        for name in ("state", "theme_id"):
            if wanted[name]:
                query = query.filter_by(**{name: wanted[name]})
        return g.session.scalars(query.order_by(Question.theme_id, Question.position, Question.id)).all()

    @open_to(*LEADING)
    @api.arguments(NewQuestionSchema)
    @api.response(201, QuestionSchema)
    def post(self, asked, run_id: UUID):
        """A question that staff bring themselves, grown from views."""
        question = Question.ask(planned(run_id), by=caller().subject, **asked)
        g.session.add(question)
        g.session.flush()
        return question


@api.route("/runs/<uuid:run_id>/ranked-views")
class RankedViews(MethodView):
    @open_to(*READING)
    @api.arguments(RankedArguments, location="query")
    @api.response(200, RankedViewSchema(many=True))
    def get(self, wanted, run_id: UUID):
        """The views as voting ranked them, to choose from."""
        query = RankedView.standing(run_id)
        if wanted["theme_id"]:
            query = query.filter_by(theme_id=wanted["theme_id"])
        return g.session.scalars(query).all()


@api.route("/runs/<uuid:run_id>/questions/texts")
class QuestionTexts(MethodView):
    @open_to("participant", *READING)
    @api.arguments(IdsSchema)
    def post(self, asked, run_id: UUID):
        """Wordings by id, for pages that know only ids."""
        query = select(Question.id, Question.wording).filter_by(run_id=in_my_run(run_id))
        return {
            str(id): wording for id, wording in g.session.execute(query.where(Question.id.in_(asked["ids"])))
        }


@api.route("/questions/<uuid:question_id>")
class OneQuestion(MethodView):
    @open_to(*READING)
    @api.response(200, QuestionWithLogSchema)
    def get(self, question_id: UUID):
        """A question with the log of its changes."""
        return the_question(question_id)


@api.route("/questions/<uuid:question_id>/wording")
class Wording(MethodView):
    @open_to(*LEADING)
    @api.arguments(RewordingSchema)
    @api.response(200, QuestionSchema)
    def put(self, said, question_id: UUID):
        """Word the question, in one language or several."""
        question = the_question(question_id)
        g.session.refresh(question, with_for_update=True)  # one after the other
        question.say(**merged(said, RewordingSchema, question), by=caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/sources")
class Sources(MethodView):
    @open_to(*LEADING)
    @api.arguments(SourceSchema)
    @api.response(200, QuestionSchema)
    def post(self, source, question_id: UUID):
        """Put a view behind the question."""
        question = the_question(question_id)
        question.add_source(source["view_id"], caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/sources/<uuid:view_id>")
class OneSource(MethodView):
    @open_to(*LEADING)
    @api.response(200, QuestionSchema)
    def delete(self, question_id: UUID, view_id: UUID):
        """Take a view from behind the question."""
        question = the_question(question_id)
        question.remove_source(view_id, caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/join")
class Joining(MethodView):
    @open_to(*LEADING)
    @api.arguments(JoinSchema)
    @api.response(200, QuestionSchema)
    def post(self, named, question_id: UUID):
        """Join another question into this one."""
        question = the_question(question_id)
        question.join(find(g.session, Question, named["other_id"]), caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/split")
class Splitting(MethodView):
    @open_to(*LEADING)
    @api.arguments(SplitSchema)
    @api.response(201, QuestionSchema)
    def post(self, chosen, question_id: UUID):
        """Make some of the views a question of their own."""
        part = the_question(question_id).split(chosen["views"], caller().subject)
        g.session.add(part)
        g.session.flush()
        return part


@api.route("/questions/<uuid:question_id>/undo")
class Undoing(MethodView):
    @open_to(*LEADING)
    @api.response(200, QuestionSchema)
    def post(self, question_id: UUID):
        """Take back the latest change of what stands behind the question."""
        question = the_question(question_id)
        question.undo(caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/put-aside")
class PuttingAside(MethodView):
    @open_to(*LEADING)
    @api.arguments(ReasonSchema)
    @api.response(200, QuestionSchema)
    def post(self, given, question_id: UUID):
        """Leave the question out of the workshops, with a reason."""
        question = the_question(question_id)
        question.put_aside(given["reason"], caller().subject)
        return question

    @open_to(*LEADING)
    @api.response(200, QuestionSchema)
    def delete(self, question_id: UUID):
        """Take the question back."""
        question = the_question(question_id)
        question.take_back(caller().subject)
        return question


@api.route("/questions/<uuid:question_id>/table")
class Tabling(MethodView):
    @open_to(*LEADING)
    @api.response(200, QuestionSchema)
    def post(self, question_id: UUID):
        """Bring the question to the workshops' table."""
        question = the_question(question_id)
        question.bring_to_the_table(caller().subject)
        return question
