"""Questions from the floor, and what became of them."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.townhall.models.base import Base
from services.townhall.models.pulse import StirsItsHall
from shared.contracts.townhall import QuestionCarriedForward
from shared.database import belongs_to, new_id
from shared.messaging.outbox import TellsOthers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned


class NotToBeUpvoted(RuleBroken):
    """This question takes no upvotes now: it waits, is answered, or was taken away."""


class AlreadyDealtWith(RuleBroken):
    """An answered or hidden question does not go on to the survey. Show it again first."""


class Question(TenantOwned, TellsOthers, StirsItsHall, Base):
    """A question from the floor. Nothing in it says who asked, or when."""

    __tablename__ = "question"
    __table_args__ = (
        belongs_to("hall_id", "hall.id"),
        Index("ix_question_hall", "tenant_id", "hall_id", "state"),
    )

    id: Mapped[UUID] = new_id()
    hall_id: Mapped[UUID]
    words: Mapped[str]
    language: Mapped[str]
    category: Mapped[str | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | shown | answered | hidden
    reply: Mapped[str] = mapped_column(default="")
    upvotes: Mapped[int] = mapped_column(default=0)
    is_carried_forward: Mapped[bool] = mapped_column(default=False)
    hand: Mapped[bytes | None] = mapped_column(default=None)

    def show(self) -> None:
        self.state = "shown"
        self.stir()

    def hide(self) -> None:
        self.state = "hidden"
        self.stir()

    def mark_answered(self, reply: str = "") -> None:
        """Answered aloud, in writing, or both."""
        self.state = "answered"
        self.reply = reply or self.reply
        self.stir()

    def must_take_upvotes(self) -> None:
        if self.state != "shown":
            raise NotToBeUpvoted

    def carry_forward(self, run_id: UUID) -> None:
        """The survey takes the question up: it was not answered today."""
        if self.is_carried_forward:
            return
        if self.state in ("answered", "hidden"):
            raise AlreadyDealtWith
        self.is_carried_forward = True
        self.tell(
            QuestionCarriedForward(
                run_id=run_id, hall_id=self.hall_id, question_id=self.id, upvotes=self.upvotes
            )
        )


class Upvote(TenantOwned, Base):
    """A hand raised for a question; forgotten with the end of the event, when the question keeps the count."""

    __tablename__ = "upvote"
    __table_args__ = (belongs_to("question_id", "question.id"),)

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    hand: Mapped[bytes] = mapped_column(primary_key=True)
