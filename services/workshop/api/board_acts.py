"""Acts on a board: find it, see that the caller has a place at it, do."""

from uuid import UUID, uuid4

from msgspec import Struct, to_builtins

from services.workshop.api.boards import api
from services.workshop.api.finding import my_place, the_board
from services.workshop.models import Board, Operation
from shared.contracts.api.workshop import Act, Acted, Boards
from shared.web.acts import caller
from shared.web.edit_conflicts import merged, must_stand
from shared.web.serving import serves
from shared.web.shapes import schema_of, sent


class Words(Struct):
    text: str


@serves(api, Boards.act)
def act(board_id: UUID, act: Act) -> Acted:
    board = the_board(board_id, locked=True)
    my_place(board)
    wanted = over_what_stands(sent(act), board)
    operation_id, card = wanted.pop("id"), wanted.pop("card") or uuid4()
    done = board.do(to_builtins(wanted) | {"card": str(card)}, caller().subject, operation_id)
    return acted(board, done)


def over_what_stands(act: dict, board: Board) -> dict:
    """Refuses to write over or to take away other words than those that somebody had before their eyes."""
    card, was = board.cards.get(str(act["card"])), {"was": act.pop("was")}
    if card and act["kind"] == "edit":
        return act | merged({"text": act["text"]} | was, schema_of(Words), card)
    if card and act["kind"] == "remove":
        must_stand(was, schema_of(Words), card)
    return act


@serves(api, Boards.undo)
def undo(board_id: UUID) -> Acted:
    board = the_board(board_id, locked=True)
    my_place(board)
    return acted(board, board.undo(caller().subject))


def acted(board: Board, operation: Operation) -> Acted:
    return Acted(number=operation.number, card=operation.act["card"], version=board.version)
