"""Polls: prepared, answered, closed and revealed."""

from uuid import UUID

from msgspec.structs import asdict

from services.townhall import answers, halls, screens
from services.townhall.api.finding import hall_to_see, of_my_run
from services.townhall.models import Poll
from shared.contracts.api import townhall as shapes
from shared.contracts.api.townhall import Townhall
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves
from shared.web.shapes import shape_of

polls = Blueprint("polls", __name__, description="Polls")


def held(poll_id: UUID) -> Poll:
    return halls.held(session(), Poll, poll_id)


@serves(polls, Townhall.add_poll)
def add_poll(hall_id: UUID, prepared: shapes.PollPrepared) -> shapes.Poll:
    poll = Poll(hall_id=hall_to_see(hall_id).id, **asdict(prepared))
    session().add(poll)
    session().flush()
    return screens.poll_as_prepared(session(), poll)


@serves(polls, Townhall.reword_poll)
def reword_poll(poll_id: UUID, prepared: shapes.PollPrepared) -> shapes.Poll:
    poll = held(poll_id)
    poll.reword(**asdict(prepared))
    return screens.poll_as_prepared(session(), poll)


@serves(polls, Townhall.drop_poll)
def drop_poll(poll_id: UUID) -> None:
    poll = held(poll_id)
    poll.must_be_unused()
    session().delete(poll)


@serves(polls, Townhall.close_poll)
def close_poll(poll_id: UUID) -> None:
    held(poll_id).close()


@serves(polls, Townhall.reveal)
def reveal(poll_id: UUID) -> None:
    held(poll_id).reveal()


@serves(polls, Townhall.conceal)
def conceal(poll_id: UUID) -> None:
    held(poll_id).conceal()


@serves(polls, Townhall.strike)
def strike(poll_id: UUID, said: shapes.Word) -> None:
    held(poll_id).strike(said.word)


@serves(polls, Townhall.answer_poll)
def answer_poll(poll_id: UUID, given: shapes.AnswerGiven) -> shapes.MyAnswer:
    poll = of_my_run(Poll, poll_id, lock=True)
    return shape_of(shapes.MyAnswer, answers.give(session(), poll, caller().subject, **asdict(given)))
