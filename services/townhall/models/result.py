"""The result of a poll, as it was last published."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.townhall.models.base import Base
from shared.database import belongs_to
from shared.tenancy.sessions import TenantOwned


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


class Result(TenantOwned, Base):
    """A poll's counts as somebody has seen them: while answers come in they change when five people have come anew.

    Whoever sees the bars before and after one colleague has answered sees the answer.
    """

    __tablename__ = "result"
    __table_args__ = (belongs_to("poll_id", "poll.id"),)

    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    answers: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    """Value or word -> how many gave it."""
