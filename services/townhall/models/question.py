"""Questions from the floor, and what became of them."""

from uuid import UUID

from sqlalchemy import Index, delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from services.townhall.models.base import Noun
from services.townhall.models.key import hand_in
from services.townhall.models.pulse import stir
from shared.contracts.townhall import QuestionCarriedForward
from shared.database import TellsOthers, belongs_to, new_id
from shared.problems import RuleBroken


class NotToBeUpvoted(RuleBroken):
    """This question takes no upvotes now: it waits, is answered, or was taken away."""


class AlreadyDealtWith(RuleBroken):
    """An answered or hidden question does not go on to the survey. Show it again first."""


class Question(Noun, TellsOthers):
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
        stir(self.session, self.hall_id)

    def hide(self) -> None:
        self.state = "hidden"
        stir(self.session, self.hall_id)

    def mark_answered(self, reply: str = "") -> None:
        """Answered aloud, in writing, or both."""
        self.state = "answered"
        self.reply = reply or self.reply
        stir(self.session, self.hall_id)

    def upvote(self, member: UUID) -> None:
        """One more who wants to know; a second click of the same hand changes nothing."""
        self._must_take_upvotes()
        row = insert(Upvote).values(question_id=self.id, hand=self._hand(member))
        if self.session.scalar(row.on_conflict_do_nothing().returning(Upvote.question_id)):
            self._count(+1)

    def take_upvote_back(self, member: UUID) -> None:
        self._must_take_upvotes()
        mine = delete(Upvote).filter_by(question_id=self.id, hand=self._hand(member))
        if self.session.scalar(mine.returning(Upvote.question_id)):
            self._count(-1)

    def _must_take_upvotes(self) -> None:
        if self.state != "shown":
            raise NotToBeUpvoted

    def _hand(self, member: UUID) -> bytes:
        return hand_in(self.session, self.hall_id, member, self.id)

    def _count(self, change: int) -> None:
        """In SQL, not in Python: many hands go up at once."""
        counted = update(Question).filter_by(id=self.id).values(upvotes=Question.upvotes + change)
        self.session.execute(counted, execution_options={"synchronize_session": False})
        self.session.expire(self, ["upvotes"])
        stir(self.session, self.hall_id)

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


class Upvote(Noun):
    """A hand raised for a question; forgotten with the end of the event, when the question keeps the count."""

    __tablename__ = "upvote"
    __table_args__ = (belongs_to("question_id", "question.id"),)

    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    hand: Mapped[bytes] = mapped_column(primary_key=True)
