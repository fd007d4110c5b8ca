"""Boards besides the acts on them (board_acts.py): looked at, followed by their log, ready, asking for help, and in the minutes."""

from uuid import UUID

from msgspec import convert

from services.workshop import boards
from services.workshop.api.finding import me, my_place, the_board, the_workshop
from services.workshop.api.presence import show_life, show_readiness
from services.workshop.showing import board_for, minutes_of
from shared.contracts.api import workshop_boards as shapes
from shared.contracts.api.workshop_boards import AtTheBoard
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

api = Blueprint("boards", __name__)
AT_MOST = 500


@serves(api, AtTheBoard.board)
def board(board_id: UUID) -> shapes.Board:
    board = the_board(board_id)
    if me() and (mine := board.workshop.place_of(caller().subject)):
        show_life(board.workshop, mine)
    return board_for(board, me(), session())


@serves(api, AtTheBoard.log)
def log(board_id: UUID, after: int = 0) -> list[shapes.Happened]:
    found = boards.log_after(session(), the_board(board_id), after, AT_MOST)
    kept = [{"number": one.number, "kind": one.act["kind"], "card": one.act["card"]} for one in found]
    return convert(kept, list[shapes.Happened])


@serves(api, AtTheBoard.be_ready)
def be_ready(board_id: UUID, readiness: shapes.Readiness) -> None:
    board = the_board(board_id)
    show_readiness(board.workshop, my_place(board), readiness.ready)


@serves(api, AtTheBoard.ask_for_help)
def ask_for_help(board_id: UUID, wanted: shapes.HelpWanted) -> None:
    board = the_board(board_id)
    my_place(board)
    board.group.ask_for_help() if wanted.asks else board.group.is_helped()


@serves(api, AtTheBoard.minutes)
def minutes(workshop_id: UUID) -> shapes.Minutes:
    workshop = the_workshop(workshop_id)
    workshop.must_show_minutes_to(me())
    return minutes_of(workshop, session())
