"""The rules of cards on a board: what each act needs to be allowed."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.workshop.models.keyed import Hand
from services.workshop.models.question import Question
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import RoundTemplate
from shared.database import find, session_of
from shared.problems import RuleBroken

MOST_CARDS = 400


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


class HasCards:
    """The part of a board that knows its cards and what may be done to them."""

    if TYPE_CHECKING:
        state: Mapped[dict[str, Any]]
        question_id: Mapped[UUID]

        @property
        def template(self) -> RoundTemplate: ...

    @property
    def cards(self) -> dict[str, dict[str, Any]]:
        return self.state["cards"]

    @property
    def standing(self) -> list[str]:
        """The cards that lie in the columns."""
        return [card for order in self.state["columns"].values() for card in order]

    def marks_left(self, hand: Hand | None) -> int:
        marked = [card for card in self.standing if self.cards[card]["marks"]] if hand else []
        given = sum(hand.on(card, "mark") in self.cards[card]["marks"] for card in marked) if hand else 0
        return self.template.marks_each - given

    def sees(self, card: str, hand: Hand | None, workshop: Workshop) -> bool:
        """While everybody writes alone, what others write now stays hidden."""
        written = self.cards[card]
        hidden = workshop.step.is_silent and workshop.is_running and written["visit"] == workshop.visit
        return not hidden or (hand is not None and written["author"] == hand.on(card, "add"))

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
        behind = {str(view) for view in find(session_of(self), Question, self.question_id).view_ids}
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
    "add": HasCards._check_add,
    "edit": HasCards._check_standing,
    "move": HasCards._check_move,
    "remove": HasCards._check_standing,
    "restore": HasCards._check_restore,
    "merge": HasCards._check_merge,
    "split": HasCards._check_split,
    "mark": HasCards._check_mark,
    "unmark": HasCards._check_unmark,
    "judge": HasCards._check_standing,
}
