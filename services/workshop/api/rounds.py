"""The two rounds of a run over HTTP."""

from uuid import UUID

from flask import g
from flask.views import MethodView

from services.workshop.api.finding import LEADING, READING, in_my_run
from services.workshop.models import Round
from services.workshop.rounds import ROUNDS
from services.workshop.schemas import RoundSchema
from shared.problems import NotFound
from shared.web.access import open_to
from shared.web.arguments import Blueprint

api = Blueprint("rounds", __name__)


@api.route("/runs/<uuid:run_id>/rounds")
class Rounds(MethodView):
    @open_to("participant", *READING)
    @api.response(200, RoundSchema(many=True))
    def get(self, run_id: UUID):
        """Returns the two rounds with their states."""
        return [Round.as_it_stands(in_my_run(run_id), number, g.session) for number in ROUNDS]


@api.route("/runs/<uuid:run_id>/rounds/<int:number>/end")
class RoundEnd(MethodView):
    @open_to(*LEADING)
    @api.response(200, RoundSchema)
    def post(self, run_id: UUID, number: int):
        """End a round with the sessions that still go on."""
        if number not in ROUNDS:
            raise NotFound
        round = Round.as_it_stands(run_id, number, g.session)
        round.end()
        return round
