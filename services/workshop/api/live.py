"""Answers live streams: the common state of a board or session, and who may follow it."""

from uuid import UUID

from flask import g, jsonify
from flask.views import MethodView
from sqlalchemy import select

from services.workshop.api.finding import READING, is_participant, the_board, the_workshop
from services.workshop.models import Board, Workshop
from services.workshop.showing import board_for_all, workshop_for_all
from shared.database import find
from shared.problems import NotAllowed, NotFound
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint

api = Blueprint("live", __name__)


@api.route("/live/<uuid:about>")
class Snapshot(MethodView):
    @open_to("service")
    def get(self, about: UUID):
        """Returns what everybody who follows this board or session shares, with a version that grows."""
        if board := g.session.scalars(select(Board).filter_by(id=about)).one_or_none():
            return jsonify(board_for_all(board))
        return jsonify(workshop_for_all(find(g.session, Workshop, about)))


@api.route("/live/<uuid:about>/access")
class Access(MethodView):
    @open_to("participant", *READING)
    def get(self, about: UUID):
        """Whether the caller may follow it."""
        try:
            the_board(about)
        except NotFound:
            may_follow_the_session(about)
        return "", 204


def may_follow_the_session(workshop_id: UUID) -> None:
    workshop = the_workshop(workshop_id)
    if is_participant() and not caller().is_any("coordinator") and not workshop.place_of(caller().subject):
        raise NotAllowed
