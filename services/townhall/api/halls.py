"""The townhall over HTTP."""

from typing import TypeVar
from uuid import UUID

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.townhall import screens
from services.townhall.models import Hall, Poll, Question
from services.townhall.schemas import (
    AnswerSchema,
    AskSchema,
    CarriedSchema,
    DescriptionSchema,
    HallSchema,
    IdsSchema,
    MyAnswerSchema,
    PollSchema,
    QuestionSchema,
    ReplySchema,
    ScreenSchema,
    ShownPollSchema,
    StageSchema,
    TickedSchema,
    TimeSchema,
    WordSchema,
)
from shared.database import find
from shared.problems import NotFound
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import paced
from shared.web.roles import CLIENT_SIDE, READER, STAFF
from shared.web.service import open_to

PEOPLE = ("participant",)
HOSTS = ("lead", "facilitator", *CLIENT_SIDE)
ANYBODY = (*PEOPLE, "supervisor", "designer", *CLIENT_SIDE, *STAFF)

halls = Blueprint("halls", __name__, description="All-staff events")
questions = Blueprint("questions", __name__, description="Questions from the floor")
polls = Blueprint("polls", __name__, description="Polls")
live = Blueprint("live", __name__, description="What the live streams send")


@halls.route("/runs/<uuid:run_id>/halls")
class HallsOfRun(MethodView):
    @open_to(*ANYBODY)
    @halls.response(200, HallSchema(many=True))
    def get(self, run_id: UUID):
        """The kickoff lecture and the launch event of a run."""
        return g.session.scalars(select(Hall).filter_by(run_id=run_id).order_by(Hall.purpose)).all()


@halls.route("/codes/<code>")
class HallByCode(MethodView):
    @open_to(*ANYBODY)
    @paced(burst=30, seconds=20)  # codes cannot be tried out, and nothing says who came
    @halls.response(200, HallSchema)
    def get(self, code: str):
        """The event whose short code stands on the wall."""
        hall = g.session.scalars(select(Hall).filter_by(code=code.upper())).one_or_none()
        if hall is None:
            raise NotFound
        return hall


@halls.route("/halls/<uuid:hall_id>")
class OneHall(MethodView):
    @open_to(*ANYBODY)
    @halls.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """The event as I have it before me."""
        return screens.one_persons(find(g.session, Hall, hall_id), caller().subject)

    @open_to(*HOSTS)
    @halls.arguments(DescriptionSchema)
    @halls.response(200, ScreenSchema)
    def patch(self, said: dict, hall_id: UUID):
        """Change texts, links and settings."""
        hall = Hall.held(g.session, hall_id)
        hall.describe(**merged(said, DescriptionSchema, hall))
        return screens.desk(hall)


@halls.route("/halls/<uuid:hall_id>/desk")
class Desk(MethodView):
    @open_to(*HOSTS)
    @halls.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """Everything that the host has at hand."""
        return screens.desk(find(g.session, Hall, hall_id))


@halls.route("/halls/<uuid:hall_id>/time")
class Time(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(TimeSchema)
    @halls.response(204)
    def put(self, time: dict, hall_id: UUID):
        """Say when the event is."""
        hall = Hall.held(g.session, hall_id)
        hall.schedule(**merged(time, TimeSchema, hall))


@halls.route("/halls/<uuid:hall_id>/sign-up")
class SigningUp(MethodView):
    @open_to(*PEOPLE, READER)
    @halls.response(204)
    def put(self, hall_id: UUID):
        """I mean to come."""
        Hall.held(g.session, hall_id, read=True).sign_up(caller().subject)

    @open_to(*PEOPLE, READER)
    @halls.response(204)
    def delete(self, hall_id: UUID):
        """I cannot come after all."""
        Hall.held(g.session, hall_id, read=True).cancel(caller().subject)


@halls.route("/halls/<uuid:hall_id>/start")
class Starting(MethodView):
    @open_to(*HOSTS)
    @halls.response(204)
    def post(self, hall_id: UUID):
        """We are on the air."""
        Hall.held(g.session, hall_id).start()


@halls.route("/halls/<uuid:hall_id>/end")
class Ending(MethodView):
    @open_to(*HOSTS)
    @halls.response(204)
    def post(self, hall_id: UUID):
        """The event is over."""
        Hall.held(g.session, hall_id).end()


@halls.route("/halls/<uuid:hall_id>/stage")
class Stage(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(StageSchema)
    @halls.response(204)
    def put(self, stage: dict, hall_id: UUID):
        """Put one thing on everybody's screen."""
        hall = Hall.held(g.session, hall_id)
        hall.switch(stage["kind"], poll_of(hall, stage["poll_id"]) if stage["poll_id"] else None)


@halls.route("/halls/<uuid:hall_id>/carried-forward")
class CarryingForward(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(TickedSchema)
    @halls.response(204)
    def post(self, ticked: dict, hall_id: UUID):
        """These questions go on to the survey."""
        Hall.held(g.session, hall_id).carry_forward(ticked["questions"])


@halls.route("/halls/<uuid:hall_id>/questions")
class Questions(MethodView):
    @open_to(*PEOPLE, READER)
    @paced(burst=20, seconds=30)
    @halls.arguments(AskSchema)
    @halls.response(201, QuestionSchema)
    def post(self, asked: dict, hall_id: UUID):
        """Ask a question."""
        return Hall.held(g.session, hall_id, read=True).ask(**asked, member=caller().subject)


@halls.route("/halls/<uuid:hall_id>/polls")
class Polls(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(PollSchema)
    @halls.response(201, ShownPollSchema)
    def post(self, said: dict, hall_id: UUID):
        """Prepare a poll."""
        poll = Poll(hall_id=find(g.session, Hall, hall_id).id, **said)
        g.session.add(poll)
        g.session.flush()
        return screens.poll_on_screen(poll)


@questions.route("/questions")
class CarriedQuestions(MethodView):
    @open_to(*ANYBODY, "service")
    @questions.arguments(IdsSchema, location="query")
    @questions.response(200, CarriedSchema(many=True))
    def get(self, wanted: dict):
        """The questions with these ids that went on to the survey."""
        carried = select(Question).filter_by(is_carried_forward=True).where(Question.id.in_(wanted["ids"]))
        return g.session.scalars(carried.order_by(Question.upvotes.desc(), Question.id)).all()


@questions.route("/questions/<uuid:question_id>/upvote")
class Upvoting(MethodView):
    @open_to(*PEOPLE)
    @questions.response(204)
    def put(self, question_id: UUID):
        """I want to know this too."""
        of_my_run(Question, question_id).upvote(caller().subject)

    @open_to(*PEOPLE)
    @questions.response(204)
    def delete(self, question_id: UUID):
        """Take my upvote back."""
        of_my_run(Question, question_id).take_upvote_back(caller().subject)


@questions.route("/questions/<uuid:question_id>/show")
class Showing(MethodView):
    @open_to(*HOSTS)
    @questions.response(204)
    def post(self, question_id: UUID):
        """Everybody may see this question."""
        Question.held(g.session, question_id).show()


@questions.route("/questions/<uuid:question_id>/hide")
class Hiding(MethodView):
    @open_to(*HOSTS)
    @questions.response(204)
    def post(self, question_id: UUID):
        """Nobody sees this question any more."""
        Question.held(g.session, question_id).hide()


@questions.route("/questions/<uuid:question_id>/answer")
class Answering(MethodView):
    @open_to(*HOSTS)
    @questions.arguments(ReplySchema)
    @questions.response(204)
    def post(self, said: dict, question_id: UUID):
        """This question was answered, aloud or in writing."""
        question = Question.held(g.session, question_id)
        question.mark_answered(**merged(said, ReplySchema, question))


@polls.route("/polls/<uuid:poll_id>")
class OnePoll(MethodView):
    @open_to(*HOSTS)
    @polls.arguments(PollSchema)
    @polls.response(200, ShownPollSchema)
    def put(self, said: dict, poll_id: UUID):
        """Reword a poll that nobody has seen yet."""
        poll = Poll.held(g.session, poll_id)
        poll.reword(**said)
        return screens.poll_on_screen(poll)

    @open_to(*HOSTS)
    @polls.response(204)
    def delete(self, poll_id: UUID):
        """Throw a poll away that nobody has seen yet."""
        poll = Poll.held(g.session, poll_id)
        poll.must_be_unused()
        g.session.delete(poll)


@polls.route("/polls/<uuid:poll_id>/close")
class Closing(MethodView):
    @open_to(*HOSTS)
    @polls.response(204)
    def post(self, poll_id: UUID):
        """No more answers."""
        Poll.held(g.session, poll_id).close()


@polls.route("/polls/<uuid:poll_id>/reveal")
class Revealing(MethodView):
    @open_to(*HOSTS)
    @polls.response(204)
    def post(self, poll_id: UUID):
        """Show everybody the result."""
        Poll.held(g.session, poll_id).reveal()

    @open_to(*HOSTS)
    @polls.response(204)
    def delete(self, poll_id: UUID):
        """Hide the result again."""
        Poll.held(g.session, poll_id).conceal()


@polls.route("/polls/<uuid:poll_id>/struck")
class Striking(MethodView):
    @open_to(*HOSTS)
    @polls.arguments(WordSchema)
    @polls.response(204)
    def post(self, said: dict, poll_id: UUID):
        """Take a word out of the cloud."""
        Poll.held(g.session, poll_id).strike(said["word"])


@polls.route("/polls/<uuid:poll_id>/answer")
class MyAnswer(MethodView):
    @open_to(*PEOPLE)
    @polls.arguments(AnswerSchema)
    @polls.response(200, MyAnswerSchema)
    def put(self, given: dict, poll_id: UUID):
        """Give or change my answer."""
        return of_my_run(Poll, poll_id, lock=True).answer(caller().subject, **given)


@live.route("/live/<uuid:hall_id>")
class Snapshot(MethodView):
    @open_to("service")
    @live.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """What all screens may show now."""
        return screens.everybodys(find(g.session, Hall, hall_id))


@live.route("/live/<uuid:hall_id>/access")
class Access(MethodView):
    @open_to(*ANYBODY)
    @live.response(204)
    def get(self, hall_id: UUID):
        """Whether I may follow this event: every colleague may."""
        find(g.session, Hall, hall_id)


Thing = TypeVar("Thing", Question, Poll)


def of_my_run(noun: type[Thing], id: UUID, lock: bool = False) -> Thing:
    """The question or poll, where it is of the run that the token is for: in another one identity may not let the caller
    take part. `lock` keeps others from changing it until we commit."""
    here = select(Hall.id).where(Hall.id == noun.hall_id, Hall.run_id == caller().run_id).exists()
    query = select(noun).where(noun.id == id, here)
    if lock:
        query = query.with_for_update(read=True).execution_options(populate_existing=True)
    found = g.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def poll_of(hall: Hall, poll_id: UUID) -> Poll:
    """A poll of this hall; another hall's is not there."""
    poll = Poll.held(g.session, poll_id)
    if poll.hall_id != hall.id:
        raise NotFound
    return poll
