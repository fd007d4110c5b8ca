"""Taking back one's latest act on a board, where nobody has gone on from it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.workshop.board_state import PERSONAL, reverse_of
from services.workshop.models.card_rules import HasCards
from services.workshop.models.keyed import Hand
from services.workshop.models.workshop import Workshop
from services.workshop.rounds import MARKS
from shared.problems import RuleBroken

if TYPE_CHECKING:
    from services.workshop.models.operation import Operation


class NothingOfYoursToUndo(RuleBroken):
    """There is nothing of yours left to undo on this board."""


class SomebodyWentOn(RuleBroken):
    """Somebody has changed this card after you, and undoing would lose their change. Change the card by hand."""


class CanBeUndone(HasCards):
    """The part of a board that takes acts back."""

    if TYPE_CHECKING:

        @property
        def workshop(self) -> Workshop: ...

        def log(self, newest_first: bool = False) -> list[Operation]: ...

        def _must_allow(self, kind: str, workshop: Workshop) -> None: ...

        def _append(
            self, act: dict, reverse: dict, operation_id: UUID | None, undoes: int | None = None
        ) -> Operation: ...

    def undo(self, who: UUID) -> "Operation":
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

    def _is_undoable(self, operation: "Operation", hand: Hand) -> bool:
        if operation.is_undone or operation.undoes is not None:
            return False
        act = operation.act
        return act["who"] == hand.on(act["card"], act["kind"]) and self._still_shows(act)

    def _still_shows(self, act: dict[str, Any]) -> bool:
        """Whether a mark lies as this act left it: a card that came back may have lost it."""
        if act["kind"] not in MARKS:
            return True
        return (act["who"] in self.cards[act["card"]]["marks"]) == (act["kind"] == "mark")

    def _went_on_after(self, last: "Operation") -> bool:
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
