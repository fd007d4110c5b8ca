"""Answers identity who of these people has been at a workshop, or is concerned by news of a session, and frees the places of those
who have left (docs/decisions/0075, 0079): no list of them is told."""

from uuid import UUID

from flask import g
from flask.views import MethodView

from services.workshop import sessions
from services.workshop.api.finding import the_session_of
from services.workshop.attendance import who_attended, who_is_concerned
from services.workshop.rounds import ROUNDS
from services.workshop.schemas import ConcernedSchema, LeaversSchema, WhoIsConcernedSchema
from shared.privacy.taking_part import TookPart, WhoTookPart, answered, not_too_often, only_identity
from shared.problems import NotFound
from shared.web.access import open_to
from shared.web.arguments import Blueprint

api = Blueprint("taking_part", __name__)


@api.route("/runs/<uuid:run_id>/took-part")
class WhoTookPartInRun(MethodView):
    @open_to("service")
    @not_too_often
    @api.arguments(WhoTookPart)
    @api.response(200, TookPart)
    def post(self, payload, run_id: UUID):
        """Of these pseudonyms those that have been at a workshop of the round."""
        only_identity()
        return answered(who_attended(run_id, round_of(payload["activity"]), payload["pseudonyms"], g.session))


@api.route("/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/concerned")
class WhoIsConcerned(MethodView):
    @open_to("service")
    @not_too_often
    @api.arguments(WhoIsConcernedSchema)
    @api.response(200, ConcernedSchema)
    def post(self, payload, run_id: UUID, workshop_id: UUID):
        """Of these pseudonyms those whom news of a session concern, how they stand to it, and what a mail says of the session."""
        only_identity()
        workshop = the_session_of(run_id, workshop_id)
        concerned = who_is_concerned(workshop, payload["telling"], payload["pseudonyms"], g.session)
        return {"concerned": dict(sorted(concerned.items())), "session": workshop}


@api.route("/runs/<uuid:run_id>/leavers")
class Leavers(MethodView):
    @open_to("service")
    @not_too_often
    @api.arguments(LeaversSchema)
    @api.response(204)
    def post(self, payload, run_id: UUID):
        """Frees the places of those who have left, at sessions that are still to come."""
        only_identity()
        for workshop in sessions.all_held(g.session, run_id=run_id):
            if workshop.state == "coming":
                workshop.free_places_of(payload["pseudonyms"])


def round_of(activity: str) -> int:
    by_activity = {f"workshop_{number}": number for number in ROUNDS}
    if activity not in by_activity:
        raise NotFound
    return by_activity[activity]
