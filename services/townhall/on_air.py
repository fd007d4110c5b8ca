"""Events begin and end, and with them the key that makes hands, and whatever ties an act to a hand."""

from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.townhall import answers, halls
from services.townhall.models import Hall, Question, Upvote
from services.townhall.models.key import destroy_key, make_key
from shared.privacy.rewriting import ask_to_write_anew


def start(session: Session, hall: Hall) -> None:
    """Begins the event. There is a key since the laying out, but for an event of a restored backup that was over already: it is held
    once more."""
    if hall.start() and make_key(hall.id, session, anew=True):
        forget_whose_hands(session, hall.id)


def end(session: Session, hall: Hall) -> None:
    """Ends the event. The key goes first; whoever is cut off after it has ended the event by calling this again."""
    if hall.end(**counts(session, hall)):
        destroy_key(hall.id, session)
        for poll in halls.open_polls_held(session, hall):
            poll.close()
        forget_the_hands(session, hall.id)
        ask_to_write_anew(session, hall.id)


def close_doors(session: Session, hall: Hall) -> None:
    """The phase has ended; an event that is still on the air ends with it."""
    if hall.state == "on_air":
        end(session, hall)
    else:
        hall.close_doors()


def let_go(session: Session, hall: Hall) -> None:
    """The run is over. An event that was opened and never held would keep for ever who has asked and upvoted there."""
    if hall.state == "on_air":
        end(session, hall)
    elif hall.state != "over":
        destroy_key(hall.id, session)
        forget_whose_hands(session, hall.id)
        ask_to_write_anew(session, hall.id)


def forget_late_hands(session: Session, hall: Hall) -> None:
    """Forgets hands that requests have left which were on their way when the event ended."""
    if hall.state == "over":
        forget_the_hands(session, hall.id)


def forget_the_hands(session: Session, hall_id: UUID) -> None:
    answers.keep_counts(session, hall_id)
    forget_whose_hands(session, hall_id)


def forget_whose_hands(session: Session, hall_id: UUID) -> None:
    """Upvotes stay as counts. The questions first: whoever upvotes at this moment is waited for."""
    ours = select(Question.id).filter_by(hall_id=hall_id).scalar_subquery()
    session.execute(update(Question).filter_by(hall_id=hall_id).values(hand=None))
    session.execute(delete(Upvote).where(Upvote.question_id.in_(ours)))


def counts(session: Session, hall: Hall) -> dict[str, int]:
    """Returns how the event went, in numbers."""
    counts = select(func.count(), func.count().filter(Question.state == "answered"))
    questions, answered = session.execute(counts.where(Question.hall_id == hall.id)).one()
    return {"signed_up": halls.signed_up(session, hall), "questions": questions, "answered": answered}
