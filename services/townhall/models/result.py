"""What a poll's answers come to, as it was last published."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.townhall.models.base import Noun
from shared.database import belongs_to
from shared.privacy.disclosure import FEWEST, enough_newcomers


@dataclass
class Counted:
    """How many have answered a poll, and value or word -> how many gave it."""

    answers: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, said: str | None, count: int) -> None:
        """A count of one thing said; of None it is that of all who answered."""
        if said is None:
            self.answers = count
        else:
            self.counts[said] = count


class Result(Noun):
    """A poll's counts as somebody has seen them: while answers come in they change when five people have come anew.

    Whoever sees the bars before and after one colleague has answered sees the answer.
    """

    __tablename__ = "result"
    __table_args__ = (belongs_to("poll_id", "poll.id"),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    answers: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Value or word -> how many gave it."""

    @classmethod
    def published(cls, poll_id: UUID, counted: Counted, session: Session) -> "Result | None":
        """Publishes these counts if five or more have come anew; returns what is published, None while there is nothing."""
        mine = select(cls).filter_by(poll_id=poll_id).execution_options(populate_existing=True)
        found = session.scalars(mine).one_or_none()
        if not enough_newcomers(counted.answers, found.answers if found else 0):
            return found
        cls.publish({poll_id: counted}, session)
        return session.scalars(mine).one()

    @classmethod
    def publish(cls, counted: dict[UUID, Counted], session: Session) -> None:
        """Publishes the counts of those polls to which five or more have come anew."""
        rows = [
            {"poll_id": poll_id, "answers": each.answers, "counts": each.counts}
            for poll_id, each in counted.items()
            if enough_newcomers(each.answers, 0)
        ]
        if rows:
            news = insert(cls)
            taken = {"answers": news.excluded.answers, "counts": news.excluded.counts}
            enough = news.excluded.answers - cls.answers >= FEWEST  # somebody else may have looked in between
            keys = ["tenant_id", "poll_id"]
            session.execute(news.on_conflict_do_update(index_elements=keys, set_=taken, where=enough), rows)
