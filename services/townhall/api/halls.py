"""The townhall over HTTP."""

from typing import TypeVar
from uuid import UUID

from flask import g
from flask.views import MethodView

from services.townhall import answers, on_air, screens, upvotes
from services.townhall import halls as the_halls
from services.townhall.models import Hall, Poll, Question
from services.townhall.models.key import hand_in
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
        return the_halls.of_run(g.session, run_id)


@halls.route("/codes/<code>")
class HallByCode(MethodView):
    @open_to(*ANYBODY)
    @paced(burst=30, seconds=20)  # codes cannot be tried out, and nothing says who came
    @halls.response(200, HallSchema)
    def get(self, code: str):
        """The event whose short code stands on the wall."""
        return the_halls.with_code(g.session, code)


@halls.route("/halls/<uuid:hall_id>")
class OneHall(MethodView):
    @open_to(*ANYBODY)
    @halls.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """The event as I have it before me."""
        return screens.one_persons(g.session, find(g.session, Hall, hall_id), caller().subject)

    @open_to(*HOSTS)
    @halls.arguments(DescriptionSchema)
    @halls.response(200, ScreenSchema)
    def patch(self, said: dict, hall_id: UUID):
        """Change texts, links and settings."""
        hall = the_halls.held(g.session, Hall, hall_id)
        hall.describe(**merged(said, DescriptionSchema, hall))
        return screens.desk(g.session, hall)


@halls.route("/halls/<uuid:hall_id>/desk")
class Desk(MethodView):
    @open_to(*HOSTS)
    @halls.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """Everything that the host has at hand."""
        return screens.desk(g.session, find(g.session, Hall, hall_id))


@halls.route("/halls/<uuid:hall_id>/time")
class Time(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(TimeSchema)
    @halls.response(204)
    def put(self, time: dict, hall_id: UUID):
        """Say when the event is."""
        hall = the_halls.held(g.session, Hall, hall_id)
        hall.set_time(**merged(time, TimeSchema, hall))


@halls.route("/halls/<uuid:hall_id>/sign-up")
class SigningUp(MethodView):
    @open_to(*PEOPLE, READER)
    @halls.response(204)
    def put(self, hall_id: UUID):
        """I mean to come."""
        the_halls.sign_up(g.session, hall_to_be_in(hall_id), caller().subject)

    @open_to(*PEOPLE, READER)
    @halls.response(204)
    def delete(self, hall_id: UUID):
        """I cannot come after all."""
        the_halls.sign_off(g.session, hall_to_be_in(hall_id), caller().subject)


@halls.route("/halls/<uuid:hall_id>/start")
class Starting(MethodView):
    @open_to(*HOSTS)
    @halls.response(204)
    def post(self, hall_id: UUID):
        """We are on the air."""
        on_air.start(g.session, the_halls.held(g.session, Hall, hall_id))


@halls.route("/halls/<uuid:hall_id>/end")
class Ending(MethodView):
    @open_to(*HOSTS)
    @halls.response(204)
    def post(self, hall_id: UUID):
        """The event is over."""
        on_air.end(g.session, the_halls.held(g.session, Hall, hall_id))


@halls.route("/halls/<uuid:hall_id>/stage")
class Stage(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(StageSchema)
    @halls.response(204)
    def put(self, stage: dict, hall_id: UUID):
        """Put one thing on everybody's screen."""
        hall = the_halls.held(g.session, Hall, hall_id)
        poll = the_halls.poll_held(g.session, hall, stage["poll_id"]) if stage["poll_id"] else None
        hall.switch(stage["kind"], poll, before=the_halls.open_polls_held(g.session, hall))


@halls.route("/halls/<uuid:hall_id>/carried-forward")
class CarryingForward(MethodView):
    @open_to(*HOSTS)
    @halls.arguments(TickedSchema)
    @halls.response(204)
    def post(self, ticked: dict, hall_id: UUID):
        """These questions go on to the survey."""
        hall = the_halls.held(g.session, Hall, hall_id)
        hall.carry_forward(the_halls.ticked(g.session, hall, ticked["questions"]))


@halls.route("/halls/<uuid:hall_id>/questions")
class Questions(MethodView):
    @open_to(*PEOPLE, READER)
    @paced(burst=20, seconds=30)
    @halls.arguments(AskSchema)
    @halls.response(201, QuestionSchema)
    def post(self, asked: dict, hall_id: UUID):
        """Ask a question."""
        hall, me = hall_to_be_in(hall_id), caller().subject
        question = hall.ask(**asked, hand=lambda: hand_in(g.session, hall.id, me, hall.id))
        g.session.add(question)
        return question


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
        return screens.poll_on_screen(g.session, poll)


@questions.route("/questions")
class CarriedQuestions(MethodView):
    @open_to(*ANYBODY, "service")
    @questions.arguments(IdsSchema, location="query")
    @questions.response(200, CarriedSchema(many=True))
    def get(self, wanted: dict):
        """The questions with these ids that went on to the survey."""
        return the_halls.carried_forward(g.session, wanted["ids"])


@questions.route("/questions/<uuid:question_id>/upvote")
class Upvoting(MethodView):
    @open_to(*PEOPLE)
    @questions.response(204)
    def put(self, question_id: UUID):
        """I want to know this too."""
        upvotes.give(g.session, of_my_run(Question, question_id), caller().subject)

    @open_to(*PEOPLE)
    @questions.response(204)
    def delete(self, question_id: UUID):
        """Take my upvote back."""
        upvotes.take_back(g.session, of_my_run(Question, question_id), caller().subject)


@questions.route("/questions/<uuid:question_id>/show")
class Showing(MethodView):
    @open_to(*HOSTS)
    @questions.response(204)
    def post(self, question_id: UUID):
        """Everybody may see this question."""
        the_halls.held(g.session, Question, question_id).show()


@questions.route("/questions/<uuid:question_id>/hide")
class Hiding(MethodView):
    @open_to(*HOSTS)
    @questions.response(204)
    def post(self, question_id: UUID):
        """Hides this question from everybody."""
        the_halls.held(g.session, Question, question_id).hide()


@questions.route("/questions/<uuid:question_id>/answer")
class Answering(MethodView):
    @open_to(*HOSTS)
    @questions.arguments(ReplySchema)
    @questions.response(204)
    def post(self, said: dict, question_id: UUID):
        """This question was answered, aloud or in writing."""
        question = the_halls.held(g.session, Question, question_id)
        question.mark_answered(**merged(said, ReplySchema, question))


@polls.route("/polls/<uuid:poll_id>")
class OnePoll(MethodView):
    @open_to(*HOSTS)
    @polls.arguments(PollSchema)
    @polls.response(200, ShownPollSchema)
    def put(self, said: dict, poll_id: UUID):
        """Reword a poll that nobody has seen yet."""
        poll = the_halls.held(g.session, Poll, poll_id)
        poll.reword(**said)
        return screens.poll_on_screen(g.session, poll)

    @open_to(*HOSTS)
    @polls.response(204)
    def delete(self, poll_id: UUID):
        """Throw a poll away that nobody has seen yet."""
        poll = the_halls.held(g.session, Poll, poll_id)
        poll.must_be_unused()
        g.session.delete(poll)


@polls.route("/polls/<uuid:poll_id>/close")
class Closing(MethodView):
    @open_to(*HOSTS)
    @polls.response(204)
    def post(self, poll_id: UUID):
        """No more answers."""
        the_halls.held(g.session, Poll, poll_id).close()


@polls.route("/polls/<uuid:poll_id>/reveal")
class Revealing(MethodView):
    @open_to(*HOSTS)
    @polls.response(204)
    def post(self, poll_id: UUID):
        """Show everybody the result."""
        the_halls.held(g.session, Poll, poll_id).reveal()

    @open_to(*HOSTS)
    @polls.response(204)
    def delete(self, poll_id: UUID):
        """Hide the result again."""
        the_halls.held(g.session, Poll, poll_id).conceal()


@polls.route("/polls/<uuid:poll_id>/struck")
class Striking(MethodView):
    @open_to(*HOSTS)
    @polls.arguments(WordSchema)
    @polls.response(204)
    def post(self, said: dict, poll_id: UUID):
        """Take a word out of the cloud."""
        the_halls.held(g.session, Poll, poll_id).strike(said["word"])


@polls.route("/polls/<uuid:poll_id>/answer")
class MyAnswer(MethodView):
    @open_to(*PEOPLE)
    @polls.arguments(AnswerSchema)
    @polls.response(200, MyAnswerSchema)
    def put(self, given: dict, poll_id: UUID):
        """Give or change my answer."""
        return answers.give(g.session, of_my_run(Poll, poll_id, lock=True), caller().subject, **given)


@live.route("/live/<uuid:hall_id>")
class Snapshot(MethodView):
    @open_to("service")
    @live.response(200, ScreenSchema)
    def get(self, hall_id: UUID):
        """Returns what all screens may show now."""
        return screens.everybodys(g.session, find(g.session, Hall, hall_id))


@live.route("/live/<uuid:hall_id>/access")
class Access(MethodView):
    @open_to(*ANYBODY)
    @live.response(204)
    def get(self, hall_id: UUID):
        """Whether I may follow this event: every colleague may."""
        find(g.session, Hall, hall_id)


Thing = TypeVar("Thing")


def of_my_run(noun: type[Thing], id: UUID, lock: bool = False) -> Thing:
    """The question or poll, where it is of the run that the token is for: in another one identity may not let the caller
    take part."""
    return the_halls.of_a_run(g.session, noun, id, caller().run_id, lock)


def hall_to_be_in(hall_id: UUID) -> Hall:
    """The hall, kept from being changed by others until we commit."""
    return the_halls.held(g.session, Hall, hall_id, read=True)
