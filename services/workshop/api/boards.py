"""Boards over HTTP: read one, act on it, undo."""

from uuid import UUID, uuid4

from flask import g, jsonify
from flask.views import MethodView
from sqlalchemy import select

from services.workshop.api.finding import READING, me, my_place, the_board
from services.workshop.api.presence import show_life, show_readiness
from services.workshop.models import Board, Operation
from services.workshop.schemas import ActSchema, CardSchema, HelpSchema, LogArguments, ReadySchema
from services.workshop.showing import board_for
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged, must_stand

api = Blueprint("boards", __name__)
AT_MOST = 500


@api.route("/boards/<uuid:board_id>")
class OneBoard(MethodView):
    @open_to("participant", *READING)
    def get(self, board_id: UUID):
        """A board as the caller may see it; looking is a sign of life."""
        board = the_board(board_id)
        if me() and (mine := board.workshop.place_of(caller().subject)):
            show_life(board.workshop, mine)
        return jsonify(board_for(board, me(), g.session))


@api.route("/boards/<uuid:board_id>/operations")
class Operations(MethodView):
    @open_to("participant", *READING)
    @api.arguments(LogArguments, location="query")
    def get(self, wanted, board_id: UUID):
        """Returns what has happened on a board after an operation's number, by kind and card."""
        board = the_board(board_id)
        query = select(Operation).filter_by(board_id=board.id).where(Operation.number > wanted["after"])
        found = g.session.scalars(query.order_by(Operation.number).limit(AT_MOST))
        return jsonify(
            [{"number": one.number, "kind": one.act["kind"], "card": one.act["card"]} for one in found]
        )

    @open_to("participant")
    @api.arguments(ActSchema)
    def post(self, act, board_id: UUID):
        """Add, edit, move, remove, merge, mark or judge a card."""
        board = the_board(board_id, locked=True)
        my_place(board)
        act = over_what_stands(act, board)
        operation_id = act.pop("id")
        card = act.pop("card") or uuid4()
        done = board.do(plain(act) | {"card": str(card)}, caller().subject, operation_id)
        return answer(board, done), 201


def over_what_stands(act: dict, board: Board) -> dict:
    """Refuses to write over or to take away other words than those that somebody had before their eyes."""
    card, was = board.cards.get(str(act["card"])), {"was": act.pop("was")}
    if card and act["kind"] == "edit":
        return act | merged({"text": act["text"]} | was, CardSchema, card)
    if card and act["kind"] == "remove":
        must_stand(was, CardSchema, card)
    return act


@api.route("/boards/<uuid:board_id>/undo")
class Undo(MethodView):
    @open_to("participant")
    def post(self, board_id: UUID):
        """Take back the caller's latest act."""
        board = the_board(board_id, locked=True)
        my_place(board)
        return answer(board, board.undo(caller().subject)), 201


@api.route("/boards/<uuid:board_id>/ready")
class Ready(MethodView):
    @open_to("participant")
    @api.arguments(ReadySchema)
    def put(self, wanted, board_id: UUID):
        """Tell the facilitator: I am ready for the next step."""
        board = the_board(board_id)
        show_readiness(board.workshop, my_place(board), wanted["ready"])
        return "", 204


@api.route("/boards/<uuid:board_id>/help")
class Help(MethodView):
    @open_to("participant")
    @api.arguments(HelpSchema)
    def put(self, wanted, board_id: UUID):
        """Ask the facilitator to come to the group."""
        board = the_board(board_id)
        my_place(board)
        board.group.ask_for_help() if wanted["asks"] else board.group.is_helped()
        return "", 204


def answer(board: Board, operation: Operation) -> dict:
    return {"number": operation.number, "card": operation.act["card"], "version": board.version}


def plain(act: dict) -> dict:
    """As the log keeps it: ids as strings."""
    return {name: _plain(value) for name, value in act.items()}


def _plain(value):
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value
