"""Answers identity who of these people has given a view (docs/decisions/0075): no list of them is told."""

from flask.views import MethodView

from services.survey.authors import who_wrote
from shared.privacy.taking_part import TookPart, WhoTookPart, answered, not_too_often, only_identity
from shared.web.access import open_to
from shared.web.acts import session
from shared.web.arguments import Blueprint

taking_part = Blueprint("taking_part", __name__)


@taking_part.route("/runs/<uuid:run_id>/took-part")
class WhoTookPartInRun(MethodView):
    @open_to("service")
    @not_too_often
    @taking_part.arguments(WhoTookPart)
    @taking_part.response(200, TookPart)
    def post(self, asked, run_id):
        """Of these pseudonyms those that have given a view."""
        only_identity()
        return answered(who_wrote(run_id, asked["pseudonyms"], session()))
