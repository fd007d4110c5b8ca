"""Finds halls and what is in them, and who means to come."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.townhall.models import Hall, Poll, Pulse, Question, SignUp
from services.townhall.models.key import make_key
from services.townhall.models.pulse import stir
from shared.problems import NotFound

Thing = TypeVar("Thing")


def held(session: Session, noun: type[Thing], id: UUID, read: bool = False) -> Thing:
    """Returns the thing with this id, kept from changing (`read`: only from being changed by others) until we commit; raises NotFound."""
    query = select(noun).filter_by(id=id).with_for_update(read=read)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def of(session: Session, run_id: UUID, purpose: str) -> Hall:
    """Returns the run's hall for this purpose, locked; laid out if need be."""
    mine = select(Hall).filter_by(run_id=run_id, purpose=purpose).with_for_update()
    return session.scalars(mine).one_or_none() or lay_out(session, run_id, purpose)


def lay_out(session: Session, run_id: UUID, purpose: str) -> Hall:
    hall = Hall(run_id=run_id, purpose=purpose)
    session.add(hall)
    session.flush()
    make_key(hall.id, session)
    session.add(Pulse(hall_id=hall.id))
    return hall


def of_run(session: Session, run_id: UUID) -> Sequence[Hall]:
    return session.scalars(select(Hall).filter_by(run_id=run_id).order_by(Hall.purpose)).all()


def with_code(session: Session, code: str) -> Hall:
    """Returns the hall whose short code stands on the wall; raises NotFound."""
    hall = session.scalars(select(Hall).filter_by(code=code.upper())).one_or_none()
    if hall is None:
        raise NotFound
    return hall


def poll_held(session: Session, hall: Hall, poll_id: UUID) -> Poll:
    """Returns a poll of this hall, locked; another hall's is not there. Raises NotFound."""
    poll = held(session, Poll, poll_id)
    if poll.hall_id != hall.id:
        raise NotFound
    return poll


def open_polls_held(session: Session, hall: Hall) -> Sequence[Poll]:
    """Returns the polls that take answers, locked."""
    return session.scalars(select(Poll).filter_by(hall_id=hall.id, state="open").with_for_update()).all()


def ticked(session: Session, hall: Hall, ids: Iterable[UUID]) -> Sequence[Question]:
    """Returns those of these questions that are the hall's, locked."""
    ours = select(Question).filter_by(hall_id=hall.id).where(Question.id.in_(ids))
    return session.scalars(ours.order_by(Question.id).with_for_update()).all()


def carried_forward(session: Session, ids: Iterable[UUID]) -> Sequence[Question]:
    """Returns those of these questions that went on to the survey, the most wanted first."""
    carried = select(Question).filter_by(is_carried_forward=True).where(Question.id.in_(ids))
    return session.scalars(carried.order_by(Question.upvotes.desc(), Question.id)).all()


def of_a_run(session: Session, noun: type[Thing], id: UUID, run_id: UUID | None, lock: bool = False) -> Thing:
    """Returns the question or poll, where it is in a hall of this run; `lock` keeps others from changing it until we commit. Raises
    NotFound."""
    thing: Any = noun
    here = select(Hall.id).where(Hall.id == thing.hall_id, Hall.run_id == run_id).exists()
    query = select(noun).where(thing.id == id, here)
    if lock:
        query = query.with_for_update(read=True).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def sign_up(session: Session, hall: Hall, member: UUID) -> None:
    """Notes that somebody means to come; twice is once. Raises HallIsOver."""
    hall.must_not_be_over()
    row = insert(SignUp).values(hall_id=hall.id, member_id=member)
    session.execute(row.on_conflict_do_nothing())
    stir(session, hall.id)


def sign_off(session: Session, hall: Hall, member: UUID) -> None:
    session.execute(delete(SignUp).filter_by(hall_id=hall.id, member_id=member))
    stir(session, hall.id)


def signed_up(session: Session, hall: Hall) -> int:
    return session.scalar(select(func.count()).select_from(SignUp).filter_by(hall_id=hall.id)) or 0


def has_signed_up(session: Session, hall: Hall, member: UUID) -> bool:
    mine = select(SignUp).filter_by(hall_id=hall.id, member_id=member)
    return session.scalars(mine).one_or_none() is not None
