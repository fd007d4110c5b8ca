"""Answers to polls: given once a hand, counted, and published where enough have come."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, delete, func, null, select, true, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.townhall.models import Answer, Poll, Result
from services.townhall.models.key import hand_in
from services.townhall.models.pulse import stir
from services.townhall.models.result import Counted
from shared.privacy.disclosure import FEWEST, enough_newcomers


def give(session: Session, poll: Poll, member: UUID, **said: Any) -> Answer:
    """Gives or changes the member's answer. The caller holds the poll for reading, so that nobody closes it in between. Raises
    PollIsClosed, NoSuchAnswer or KeyIsGone."""
    taken = poll.taken(**said)
    row = insert(Answer).values(
        poll_id=poll.id, hand=hand_in(session, poll.hall_id, member, poll.id), **taken
    )
    mine = row.on_conflict_do_update(index_elements=["tenant_id", "poll_id", "hand"], set_=taken)
    answer = session.scalars(mine.returning(Answer), execution_options={"populate_existing": True}).one()
    stir(session, poll.hall_id)
    return answer


def of_hand(session: Session, poll: Poll, hand: bytes) -> Answer | None:
    return session.scalars(select(Answer).filter_by(poll_id=poll.id, hand=hand)).one_or_none()


def number_told(session: Session, poll: Poll) -> int:
    """Returns how many have answered, as it is told."""
    given = select(func.count()).select_from(Answer).filter_by(poll_id=poll.id)
    return poll.as_told(session.scalar(given) or 0)


def result_of(session: Session, poll: Poll) -> Result | None:
    """Publishes what the answers come to if five or more have come anew, and returns what is published; None while there is nothing.
    After the event it stays as it was last."""
    mine = select(Result).filter_by(poll_id=poll.id).execution_options(populate_existing=True)
    found = session.scalars(mine).one_or_none()
    now = counted(session, select(Poll.id).filter_by(id=poll.id)).get(poll.id, Counted())
    if not enough_newcomers(now.answers, found.answers if found else 0):
        return found
    publish(session, {poll.id: now})
    return session.scalars(mine).one()


def keep_counts(session: Session, hall_id: UUID) -> None:
    """Publishes what may be shown of the hall's polls, for good, and deletes who has answered what: the event is over."""
    ours = select(Poll.id).filter_by(hall_id=hall_id)
    publish(session, counted(session, ours))
    session.execute(delete(Answer).where(Answer.poll_id.in_(ours)))


def publish(session: Session, counted: dict[UUID, Counted]) -> None:
    """Publishes the counts of those polls to which five or more have come anew."""
    rows = [
        {"poll_id": poll_id, "answers": each.answers, "counts": each.counts}
        for poll_id, each in counted.items()
        if enough_newcomers(each.answers, 0)
    ]
    if rows:
        news = insert(Result)
        taken = {"answers": news.excluded.answers, "counts": news.excluded.counts}
        enough = news.excluded.answers - Result.answers >= FEWEST  # somebody else may have looked in between
        keys = ["tenant_id", "poll_id"]
        session.execute(news.on_conflict_do_update(index_elements=keys, set_=taken, where=enough), rows)


def counted(session: Session, polls: Select[UUID]) -> dict[UUID, Counted]:
    """Returns what the answers to these polls come to; nothing of a poll without any."""
    given = select(Answer.poll_id, Answer.value, Answer.words).where(Answer.poll_id.in_(polls)).cte()
    one_each = given.c.poll_id, func.count()
    word = func.unnest(given.c.words).table_valued("word").render_derived()
    rows = union_all(
        select(*one_each, null()).group_by(given.c.poll_id),
        select(*one_each, cast(given.c.value, Text))
        .where(given.c.value.is_not(None))
        .group_by(given.c.poll_id, given.c.value),
        select(*one_each, word.c.word)
        .select_from(given.join(word, true()))
        .group_by(given.c.poll_id, word.c.word),
    )
    found: dict[UUID, Counted] = defaultdict(Counted)
    for poll_id, count, said in session.execute(rows):
        found[poll_id].note(said, count)
    return found
