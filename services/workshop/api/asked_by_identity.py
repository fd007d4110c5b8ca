"""Answers identity who of these people has been at a workshop (docs/decisions/0075): no list of them is told."""

from uuid import UUID

from flask import g
from flask.views import MethodView

from services.workshop.attendance import who_attended
from services.workshop.rounds import ROUNDS
from shared.arguments import Blueprint
from shared.problems import NotFound
from shared.taking_part import TookPart, WhoTookPart, answered, not_too_often, only_identity
from shared.web import open_to

api = Blueprint("taking_part", __name__)


@api.route("/runs/<uuid:run_id>/took-part")
class WhoTookPartInRun(MethodView):
    @open_to("service")
    @not_too_often
    @api.arguments(WhoTookPart)
    @api.response(200, TookPart)
    def post(self, asked, run_id: UUID):
        """Of these pseudonyms those that have been at a workshop of the round."""
        only_identity()
        return answered(who_attended(run_id, round_of(asked["activity"]), asked["pseudonyms"], g.session))


def round_of(activity: str) -> int:
    by_activity = {f"workshop_{number}": number for number in ROUNDS}
    if activity not in by_activity:
        raise NotFound
    return by_activity[activity]
