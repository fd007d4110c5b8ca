"""Boards over HTTP: read one, act on it, undo."""

from uuid import UUID

from flask import jsonify
from flask.views import MethodView
from sqlalchemy import select

from services.workshop.api.finding import READING, me, my_place, the_board
from services.workshop.api.presence import show_life, show_readiness
from services.workshop.models import Operation
from services.workshop.schemas import HelpSchema, LogArguments, ReadySchema
from services.workshop.showing import board_for
from shared.web.access import open_to
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint

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
        return jsonify(board_for(board, me(), session()))


@api.route("/boards/<uuid:board_id>/operations")
class Operations(MethodView):
    @open_to("participant", *READING)
    @api.arguments(LogArguments, location="query")
    def get(self, wanted, board_id: UUID):
        """Returns what has happened on a board after an operation's number, by kind and card."""
        board = the_board(board_id)
        query = select(Operation).filter_by(board_id=board.id).where(Operation.number > wanted["after"])
        found = session().scalars(query.order_by(Operation.number).limit(AT_MOST))
        return jsonify(
            [{"number": one.number, "kind": one.act["kind"], "card": one.act["card"]} for one in found]
        )


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
