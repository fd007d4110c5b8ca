"""Answers identity who of these people has voted (docs/decisions/0075): no list of them is told."""

from flask import g
from flask.views import MethodView

from services.voting.took_part import who_voted
from shared.privacy.taking_part import TookPart, WhoTookPart, answered, not_too_often, only_identity
from shared.web.access import open_to
from shared.web.arguments import Blueprint

taking_part = Blueprint(
    "taking_part", __name__, url_prefix="/runs", description="Who has voted, for identity"
)


@taking_part.route("/<uuid:run_id>/took-part")
class WhoTookPartInRun(MethodView):
    @open_to("service")
    @not_too_often
    @taking_part.arguments(WhoTookPart)
    @taking_part.response(200, TookPart)
    def post(self, asked, run_id):
        """Of these pseudonyms those that have voted."""
        only_identity()
        return answered(who_voted(run_id, asked["pseudonyms"], g.session))
