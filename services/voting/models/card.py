"""A card: one view before one reader, and the answer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.base import Base
from shared.database import belongs_to
from shared.tenancy import TenantOwned

ANSWERS = {"agree": 1, "pass": 0, "disagree": -1}
WORDS = {number: word for word, number in ANSWERS.items()}
LIES_BEFORE_A_READER = timedelta(minutes=30)
COARSE = timedelta(minutes=10)


class Card(TenantOwned, Base):
    """One view before one reader. `counted` is what of it the counters hold already."""

    __tablename__ = "card"
    __table_args__ = (
        belongs_to("hand_id", "hand.id"),
        belongs_to("view_id", "view.id"),
        CheckConstraint("answer BETWEEN -1 AND 1", name="answer"),
        CheckConstraint("answer IS NOT NULL OR NOT heart", name="heart_with_answer"),
        Index(
            "ix_card_uncounted",
            "tenant_id",
            "run_id",
            postgresql_where=text("answer IS DISTINCT FROM counted OR heart <> counted_heart"),
        ),
        Index(
            "ix_card_lying",
            "tenant_id",
            "run_id",
            "lies_until",
            postgresql_where=text("lies_until IS NOT NULL"),
        ),
        Index("ix_card_hearted", "tenant_id", "view_id", postgresql_where=text("heart")),
    )
    hand_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    batch: Mapped[int]
    position: Mapped[int]
    answer: Mapped[int | None] = mapped_column(default=None)
    heart: Mapped[bool] = mapped_column(default=False)
    lies_until: Mapped[datetime | None] = mapped_column(default_factory=lambda: coarse(LIES_BEFORE_A_READER))
    """So long it counts as being read. Coarse, and forgotten with the answer: times would point to people."""
    counted: Mapped[int | None] = mapped_column(default=None)
    counted_heart: Mapped[bool] = mapped_column(default=False)

    def say(self, answer: int | None, heart: bool) -> None:
        self.answer, self.heart, self.lies_until = answer, heart, None

    @property
    def word(self) -> str | None:
        return None if self.answer is None else WORDS[self.answer]


def coarse(from_now: timedelta) -> datetime:
    """A moment so far away, rounded up to ten minutes."""
    moment = (datetime.now(UTC) + from_now).timestamp()
    step = COARSE.total_seconds()
    return datetime.fromtimestamp((moment // step + 1) * step, UTC)


def forget_when_cards_lay(run_id: UUID, session: Session) -> None:
    """Cards that have lain long enough do not count as being read any more, nor do we keep when they were dealt."""
    session.execute(
        update(Card).where(Card.run_id == run_id, Card.lies_until <= func.now()).values(lies_until=None)
    )
