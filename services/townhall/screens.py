"""Makes the content of screens: everybody's, the own one, and the host's desk."""

from typing import Any
from uuid import UUID

from msgspec import convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.townhall import answers, halls
from services.townhall.models import Hall, Poll, Question, Upvote
from services.townhall.models.key import KeyIsGone, key_of
from services.townhall.models.pulse import version_of
from services.townhall.voter_hash import hand_of
from shared.contracts.api import townhall as shapes
from shared.privacy.keys import Key

MOST_QUESTIONS = 100
OF_THE_EVENT = (
    "code",
    "words",
    "starts_at",
    "ends_at",
    "recording_url",
    "transcript_url",
    "asking",
    "moderation",
    "categories",
    "is_time_to_join",
)
Screen = dict[str, Any]


def everybodys(session: Session, hall: Hall) -> shapes.EverybodysScreen:
    return convert(of_everybody(session, hall), shapes.EverybodysScreen)


def of_everybody(session: Session, hall: Hall) -> Screen:
    """Returns what all screens may show, the same for everybody. The version is read first: content may only be newer."""
    return {
        "version": version_of(session, hall.id),
        "id": hall.id,
        "run_id": hall.run_id,
        "purpose": hall.purpose,
        "state": hall.state,
        "signed_up": halls.signed_up(session, hall),
        "on_stage": hall.on_stage,
        "poll": poll_on_stage(session, hall),
        "questions": [question_on_screen(question) for question in floor(session, hall)],
    }


def floor(session: Session, hall: Hall) -> list[Question]:
    """The questions that everybody sees, most wanted first."""
    shown = select(Question).filter_by(hall_id=hall.id).where(Question.state.in_(("shown", "answered")))
    return list(session.scalars(shown.order_by(Question.upvotes.desc(), Question.id).limit(MOST_QUESTIONS)))


def question_on_screen(question: Question) -> Screen:
    kept = ("id", "words", "language", "category", "state", "reply", "upvotes", "is_carried_forward")
    return {name: getattr(question, name) for name in kept}


def poll_on_stage(session: Session, hall: Hall) -> Screen | None:
    if hall.poll_id is None:
        return None
    poll = session.scalars(select(Poll).filter_by(id=hall.poll_id)).one()
    return poll_on_screen(session, poll)


def poll_as_prepared(session: Session, poll: Poll) -> shapes.Poll:
    return convert(poll_on_screen(session, poll), shapes.Poll)


def poll_on_screen(session: Session, poll: Poll, results_too: bool = False) -> Screen:
    """How many have answered is told in fives; what they answered, once it is revealed."""
    kept = ("id", "kind", "words", "options", "steps", "state", "is_revealed", "position")
    screen = {name: getattr(poll, name) for name in kept}
    return screen | (
        results(session, poll)
        if poll.is_revealed or results_too
        else {"answers": answers.number_told(session, poll)}
    )


def results(session: Session, poll: Poll) -> Screen:
    """The counts as published, or that they are withheld: of fewer than five answers nothing is shown."""
    result = answers.result_of(session, poll)
    if result is None:
        return {"answers": 0, "withheld": True}
    shown = (
        {"cloud": poll.cloud(result.counts)} if poll.kind == "words" else {"bars": poll.bars(result.counts)}
    )
    return shown | {"answers": result.answers, "withheld": False}


def revealed_polls(session: Session, hall: Hall) -> list[Screen]:
    """Returns the polls that were revealed, as they are left afterwards."""
    return [poll_on_screen(session, poll) for poll in polls_of(session, hall) if poll.is_revealed]


def polls_of(session: Session, hall: Hall) -> list[Poll]:
    return list(session.scalars(select(Poll).filter_by(hall_id=hall.id).order_by(Poll.position, Poll.id)))


def about(hall: Hall) -> Screen:
    """Returns what is known of the event itself."""
    return {name: getattr(hall, name) for name in OF_THE_EVENT}


def one_persons(session: Session, hall: Hall, member: UUID) -> shapes.MyScreen:
    """The event as one person has it before her."""
    screen = (
        of_everybody(session, hall)
        | about(hall)
        | {
            "stream_url": hall.stream_url if hall.is_time_to_join else None,
            "polls": revealed_polls(session, hall) if hall.state == "over" else [],
            "mine": mine(session, hall, member),
        }
    )
    return convert(screen, shapes.MyScreen)


def mine(session: Session, hall: Hall, member: UUID) -> Screen:
    """Returns what I have done here; after the end nobody can tell any more, not even for me."""
    done = {
        "signed_up": halls.has_signed_up(session, hall, member),
        "upvotes": [],
        "questions": [],
        "answer": None,
    }
    try:
        key = key_of(hall.id, session)
    except KeyIsGone:
        return done
    return done | {
        "upvotes": my_upvotes(session, hall, member, key),
        "questions": [question_on_screen(question) for question in my_questions(session, hall, member, key)],
        "answer": my_answer(session, hall, member, key),
    }


def my_upvotes(session: Session, hall: Hall, member: UUID, key: Key) -> list[UUID]:
    hands = [hand_of(member, question.id, key) for question in floor(session, hall)]
    return list(session.scalars(select(Upvote.question_id).where(Upvote.hand.in_(hands))))


def my_questions(session: Session, hall: Hall, member: UUID, key: Key) -> list[Question]:
    """Returns my questions that wait; of an anonymous hall none, since nobody knows whose they are."""
    mine = select(Question).filter_by(hall_id=hall.id, hand=hand_of(member, hall.id, key), state="waiting")
    return list(session.scalars(mine.order_by(Question.id)))


def my_answer(session: Session, hall: Hall, member: UUID, key: Key) -> Screen | None:
    if hall.poll_id is None:
        return None
    poll = session.scalars(select(Poll).filter_by(id=hall.poll_id)).one()
    answer = answers.of_hand(session, poll, hand_of(member, poll.id, key))
    return {"poll_id": answer.poll_id, "value": answer.value, "words": answer.words} if answer else None


def desk(session: Session, hall: Hall) -> shapes.Desk:
    """Everything that the host has at hand."""
    in_order = select(Question).filter_by(hall_id=hall.id).order_by(Question.upvotes.desc(), Question.id)
    screen = (
        of_everybody(session, hall)
        | about(hall)
        | {
            "stream_url": hall.stream_url,
            "script": hall.script,
            "polls": [
                poll_on_screen(session, poll, results_too=True) | {"struck": poll.struck}
                for poll in polls_of(session, hall)
            ],
            "questions": [question_on_screen(question) for question in session.scalars(in_order)],
        }
    )
    return convert(screen, shapes.Desk)
