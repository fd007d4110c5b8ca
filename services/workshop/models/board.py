"""A board: a log of operations in the server's order, and the state that follows from it."""

from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import Index, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from services.workshop.board_state import (
    COMING_BACK,
    after,
    derived,
    empty_board,
    reverse_of,
    without_names,
)
from services.workshop.models.base import Base
from services.workshop.models.card_rules import CHECKING
from services.workshop.models.group import Group
from services.workshop.models.operation import Operation
from services.workshop.models.refusals import WorkshopIsNotRunning
from services.workshop.models.undoing import CanBeUndone
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import TEMPLATES, RoundTemplate
from shared.database import belongs_to, new_id, session_of, unique_in_tenant
from shared.messaging.scheduling import notify_streams
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.workshop.models.outcome import Outcome


class NotInThisStep(RuleBroken):
    """This belongs to another step of the workshop. The facilitator moves everybody on together."""


class Board(CanBeUndone, TenantOwned, Base):
    """A group's board for one question."""

    __tablename__ = "board"
    __table_args__ = (
        belongs_to("group_id", "group.id"),
        belongs_to("question_id", "question.id"),
        unique_in_tenant("group_id", "question_id"),
        Index(None, "tenant_id", "question_id"),
    )
    id: Mapped[UUID] = new_id()
    group_id: Mapped[UUID]
    question_id: Mapped[UUID]
    round: Mapped[int]
    counter: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    told_outcomes: Mapped[int] = mapped_column(default=0)
    """Counts the changes of outcomes, which are not operations; the live version is made of both counters."""
    group: Mapped[Group] = relationship(
        primaryjoin="foreign(Board.group_id) == Group.id", init=False, viewonly=True
    )
    outcomes: Mapped[list["Outcome"]] = relationship(
        primaryjoin="foreign(Outcome.board_id) == Board.id", init=False, viewonly=True
    )

    @classmethod
    def laid_out(cls, group: Group, question_id: UUID, round: int) -> "Board":
        board = cls(group_id=group.id, question_id=question_id, round=round)
        board.state = empty_board(TEMPLATES[round].columns)
        return board

    @property
    def template(self) -> RoundTemplate:
        return TEMPLATES[self.round]

    @cached_property
    def workshop(self) -> Workshop:
        """As it is in the database when it is first asked for, after the board was locked: the facilitator may have moved on while
        this request waited."""
        query = select(Workshop).filter_by(id=self.group.workshop_id)
        return self._session.scalars(query.execution_options(populate_existing=True)).one()

    @property
    def version(self) -> int:
        """Grows with everything that those at the board should see."""
        return self.counter + self.told_outcomes + self.group.version + self.workshop.version

    def do(self, act: dict[str, Any], who: UUID, operation_id: UUID | None = None) -> Operation:
        """Carry out an act of a group member; the same operation sent twice is done once."""
        if done := self._done(operation_id):
            return done
        workshop = self.workshop
        self._must_allow(act["kind"], workshop)
        hand = workshop.hand_at_work(who)
        act = act | {"who": hand.on(act["card"], act["kind"])}
        act = CHECKING[act["kind"]](self, act, workshop, hand)
        return self._append(act, reverse_of(self.state, act), operation_id)

    def log(self, newest_first: bool = False) -> list[Operation]:
        order = Operation.number.desc() if newest_first else Operation.number
        return list(self._session.scalars(select(Operation).filter_by(board_id=self.id).order_by(order)))

    def forget_who(self) -> None:
        """The session is over: the log, the board and how many signed stay, nobody knows any more whose hand it was."""
        self._session.refresh(self, with_for_update=True)
        log = self.log()
        for operation, act in zip(log, without_names(one.act for one in log), strict=True):
            operation.act, operation.reverse = act, {}
        self.state = derived(self.template.columns, (one.act for one in log))
        for outcome in self.outcomes:
            outcome.forget_who_signed()

    def derived_state(self) -> dict[str, Any]:
        return derived(self.template.columns, (one.act for one in self.log()))

    @property
    def _session(self) -> Session:
        return session_of(self)

    def _done(self, operation_id: UUID | None) -> Operation | None:
        if operation_id is None:
            return None
        return self._session.scalars(
            select(Operation).filter_by(id=operation_id, board_id=self.id)
        ).one_or_none()

    def _append(
        self, act: dict, reverse: dict, operation_id: UUID | None, undoes: int | None = None
    ) -> Operation:
        act = self._within_everybodys_marks(act)
        self.state = after(self.state, act)
        self.counter += 1
        operation = Operation(
            id=operation_id or uuid4(),
            board_id=self.id,
            number=self.counter,
            act=act,
            reverse=reverse,
            undoes=undoes,
        )
        self._session.add(operation)
        self._session.flush()
        self.show()
        return operation

    def _within_everybodys_marks(self, act: dict[str, Any]) -> dict[str, Any]:
        """Leaves a mark out where its giver has none left: it came back to them while the card was away, and they may have given it
        elsewhere meanwhile."""
        card = act["card"]
        if act["kind"] not in COMING_BACK or not (marks := self.cards[card]["marks"]):
            return act
        able = {hand.on(card, "mark") for hand in self.workshop.hands() if self.marks_left(hand) > 0}
        return act | {"marks": [who for who in marks if who in able]}

    def show(self) -> None:
        """Shows the change to those at the board and to those who look over the whole session."""
        notify_streams(self._session, "workshop", self.id, self.group.workshop_id)

    def _must_allow(self, kind: str, workshop: Workshop) -> None:
        if not workshop.is_running:
            raise WorkshopIsNotRunning
        if kind not in workshop.step.allows:
            raise NotInThisStep
