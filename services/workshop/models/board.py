"""A board: a log of operations in the server's order, and the state that follows from it."""

from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import Index, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from services.workshop.board_state import (
    COMING_BACK,
    PERSONAL,
    after,
    derived,
    empty_board,
    reverse_of,
    without_names,
)
from services.workshop.models.base import Base
from services.workshop.models.group import Group
from services.workshop.models.keyed import Hand
from services.workshop.models.question import Question
from services.workshop.models.refusals import WorkshopIsNotRunning
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import MARKS, TEMPLATES, RoundTemplate
from shared.database import belongs_to, find, new_id, session_of, unique_in_tenant
from shared.messaging.scheduling import notify_streams
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned

if TYPE_CHECKING:
    from services.workshop.models.outcome import Outcome

MOST_CARDS = 400


class NotInThisStep(RuleBroken):
    """This belongs to another step of the workshop. The facilitator moves everybody on together."""


class CardIsGone(RuleBroken):
    """This card has been removed or joined to another. Look at the board again."""


class NoMarksLeft(RuleBroken):
    """You have given all your marks. Take one back to move it."""


class AlreadyMarked(RuleBroken):
    """You have marked this card already. Give the other marks to other cards."""


class NotMarked(RuleBroken):
    """You have not marked this card."""


class NotWithItself(RuleBroken):
    """A card cannot be joined to itself or to a card that is gone. Choose another."""


class NotBehindTheQuestion(RuleBroken):
    """A card can rest on views that are shown on this board only. Look at the board again and choose one of them."""


class BoardIsFull(RuleBroken):
    """The board is full. Join cards that say the same, then go on."""


class NothingOfYoursToUndo(RuleBroken):
    """There is nothing of yours left to undo on this board."""


class SomebodyWentOn(RuleBroken):
    """Somebody has changed this card after you, and undoing would lose their change. Change the card by hand."""


class Operation(TenantOwned, Base):
    """One act on a board. Who did it says a number that the session's key makes, and nothing when the session is over."""

    __tablename__ = "operation"
    __table_args__ = (belongs_to("board_id", "board.id"), unique_in_tenant("board_id", "number"))
    id: Mapped[UUID] = new_id()
    board_id: Mapped[UUID]
    number: Mapped[int]
    act: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reverse: Mapped[dict[str, Any]] = mapped_column(JSONB)
    undoes: Mapped[int | None] = mapped_column(default=None)
    is_undone: Mapped[bool] = mapped_column(default=False)


class Board(TenantOwned, Base):
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

    @classmethod
    def locked(cls, board_id: UUID, session: Session) -> "Board":
        """The board with its row locked: whoever writes next waits, so that the log has one order."""
        query = select(cls).filter_by(id=board_id).with_for_update().execution_options(populate_existing=True)
        board = session.scalars(query).one_or_none()
        if board is None:
            raise NotFound
        board.__dict__.pop("workshop", None)
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

    @property
    def cards(self) -> dict[str, dict[str, Any]]:
        return self.state["cards"]

    @property
    def standing(self) -> list[str]:
        """The cards that lie in the columns."""
        return [card for order in self.state["columns"].values() for card in order]

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

    def undo(self, who: UUID) -> Operation:
        """Take back this person's latest act that still stands."""
        hand = self.workshop.hand_at_work(who)
        last = next((one for one in self.log(newest_first=True) if self._is_undoable(one, hand)), None)
        if last is None:
            raise NothingOfYoursToUndo
        self._must_allow(last.act["kind"], self.workshop)
        if self._went_on_after(last):
            raise SomebodyWentOn
        act = last.reverse
        if act["kind"] == "mark":
            self._must_have_marks_left(hand)
        last.is_undone = True
        return self._append(act, reverse_of(self.state, act), None, undoes=last.number)

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

    def marks_left(self, hand: Hand | None) -> int:
        marked = [card for card in self.standing if self.cards[card]["marks"]] if hand else []
        given = sum(hand.on(card, "mark") in self.cards[card]["marks"] for card in marked) if hand else 0
        return self.template.marks_each - given

    def sees(self, card: str, hand: Hand | None, workshop: Workshop) -> bool:
        """While everybody writes alone, what others write now stays hidden."""
        written = self.cards[card]
        hidden = workshop.step.is_silent and workshop.is_running and written["visit"] == workshop.visit
        return not hidden or (hand is not None and written["author"] == hand.on(card, "add"))

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

    def _is_undoable(self, operation: Operation, hand: Hand) -> bool:
        if operation.is_undone or operation.undoes is not None:
            return False
        act = operation.act
        return act["who"] == hand.on(act["card"], act["kind"]) and self._still_shows(act)

    def _still_shows(self, act: dict[str, Any]) -> bool:
        """Whether a mark lies as this act left it: a card that came back may have lost it."""
        if act["kind"] not in MARKS:
            return True
        return (act["who"] in self.cards[act["card"]]["marks"]) == (act["kind"] == "mark")

    def _went_on_after(self, last: Operation) -> bool:
        """Whether others have changed the same card since, in a way that undoing would lose."""
        if last.act["kind"] in PERSONAL:
            return False
        later = (
            one for one in self.log() if one.number > last.number and not one.is_undone and one.undoes is None
        )
        return any(
            one.act["card"] == last.act["card"]
            and one.act["who"] != last.act["who"]
            and one.act["kind"] not in PERSONAL
            for one in later
        )

    def _must_stand(self, card: str) -> dict[str, Any]:
        found = self.cards.get(card)
        if found is None or found["is_removed"] or found["into"]:
            raise CardIsGone
        return found

    def _check_add(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        if len(self.cards) >= MOST_CARDS:
            raise BoardIsFull
        if act["card"] in self.cards or act["column"] not in self.state["columns"]:
            raise NotWithItself
        if views := set(act.get("views") or ()):
            self._must_be_shown(views)
        return act | {"visit": workshop.visit if workshop.step.is_silent else None}

    def _must_be_shown(self, views: set[str]) -> None:
        """Refuses views that the board does not show: an outcome hangs on the threads of these views, and reaches for no other colleague's."""
        behind = {str(view) for view in find(self._session, Question, self.question_id).view_ids}
        if views - behind - {view for card in self.cards.values() for view in card["views"] or ()}:
            raise NotBehindTheQuestion

    def _check_standing(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        self._must_stand(act["card"])
        if not self.sees(act["card"], hand, workshop):
            raise CardIsGone
        return act

    def _check_move(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        """`before` names the card to stand before; none: at the end."""
        self._check_standing(act, workshop, hand)
        if act["column"] not in self.state["columns"]:
            raise CardIsGone
        before = act.pop("before", None)
        order = [card for card in self.state["columns"][act["column"]] if card != act["card"]]
        return act | {"at": order.index(before) if before in order else len(order)}

    def _check_merge(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        self._check_standing(act, workshop, hand)
        into = self.cards.get(act["into"])
        if act["into"] == act["card"] or into is None or into["is_removed"] or into["into"]:
            raise NotWithItself
        return act

    def _check_split(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        found = self.cards.get(act["card"])
        if found is None or not found["into"] or found["is_removed"]:
            raise CardIsGone
        return act | {"at": len(self.state["columns"][found["column"]])}

    def _check_restore(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        found = self.cards.get(act["card"])
        if found is None or not found["is_removed"]:
            raise CardIsGone
        return act | {"at": len(self.state["columns"][found["column"]])}

    def _check_mark(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        card = self._must_stand(act["card"])
        if act["who"] in card["marks"]:
            raise AlreadyMarked
        self._must_have_marks_left(hand)
        return act

    def _must_have_marks_left(self, hand: Hand) -> None:
        if self.marks_left(hand) <= 0:
            raise NoMarksLeft

    def _check_unmark(self, act: dict, workshop: Workshop, hand: Hand) -> dict:
        if act["who"] not in self._must_stand(act["card"])["marks"]:
            raise NotMarked
        return act


CHECKING = {
    "add": Board._check_add,
    "edit": Board._check_standing,
    "move": Board._check_move,
    "remove": Board._check_standing,
    "restore": Board._check_restore,
    "merge": Board._check_merge,
    "split": Board._check_split,
    "mark": Board._check_mark,
    "unmark": Board._check_unmark,
    "judge": Board._check_standing,
}
