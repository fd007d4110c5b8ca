"""Sessions, places and groups over HTTP, and the facilitator's acts."""

from typing import Any
from uuid import UUID

from flask import g, jsonify
from flask.views import MethodView
from sqlalchemy import select

from services.workshop.api.finding import LEADING, READING, in_my_run, me, planned, the_question, the_workshop
from services.workshop.api.presence import show_life
from services.workshop.models import Group, Place, Question, Round, Workshop
from services.workshop.models.table import give, share_out
from services.workshop.schemas import (
    GroupQuestionSchema,
    GroupsSchema,
    HandOverSchema,
    HelpSchema,
    MoveSchema,
    NewWorkshopSchema,
    NotesSchema,
    RescheduleSchema,
    SeatedSchema,
    SentenceSchema,
    StepSchema,
    TimerSchema,
    WorkshopsArguments,
)
from services.workshop.showing import groups_for_staff, minutes_of, workshop_for, workshop_for_all
from shared.database import find
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged, must_stand

api = Blueprint("workshops", __name__)


@api.route("/runs/<uuid:run_id>/workshops")
class Workshops(MethodView):
    @open_to("participant", *READING)
    @api.arguments(WorkshopsArguments, location="query")
    def get(self, wanted, run_id: UUID):
        """The sessions of a run, with the caller's own place in them."""
        query = select(Workshop).filter_by(run_id=in_my_run(run_id))
        if wanted["round"]:
            query = query.filter_by(round=wanted["round"])
        found = g.session.scalars(query.order_by(Workshop.round, Workshop.starts_at, Workshop.id)).all()
        return jsonify([shown(workshop) for workshop in found])

    @open_to(*LEADING)
    @api.arguments(NewWorkshopSchema)
    def post(self, wanted, run_id: UUID):
        """Schedule a session."""
        workshop = Workshop(run_id=planned(run_id), **wanted)
        workshop.facilitator = caller().subject
        g.session.add(workshop)
        with g.session.no_autoflush:
            workshop.schedule(wanted["starts_at"], wanted["ends_at"], wanted["places"])
        g.session.flush()
        return shown(workshop), 201


@api.route("/workshops/<uuid:workshop_id>")
class OneWorkshop(MethodView):
    @open_to("participant", *READING)
    def get(self, workshop_id: UUID):
        """One session, with the caller's own place in it."""
        return shown(the_workshop(workshop_id))

    @open_to(*LEADING)
    @api.arguments(RescheduleSchema)
    def put(self, planned, workshop_id: UUID):
        """Change a session's time, places or address."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.reschedule(**merged(planned, RescheduleSchema, workshop))
        return shown(workshop)

    @open_to(*LEADING)
    def delete(self, workshop_id: UUID):
        """Call a session off."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.call_off()
        return shown(workshop)


@api.route("/workshops/<uuid:workshop_id>/place")
class MyPlace(MethodView):
    @open_to("participant")
    def put(self, workshop_id: UUID):
        """Sign up: a place, or a place on the waiting list."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.sign_up(caller())
        return shown(workshop)

    @open_to("participant")
    def delete(self, workshop_id: UUID):
        """Give the place to somebody else."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.leave(caller().subject)
        return shown(workshop)


@api.route("/workshops/<uuid:workshop_id>/arrival")
class Arrival(MethodView):
    @open_to("participant")
    def post(self, workshop_id: UUID):
        """Come in; late joiners land in a group, at the step where everybody is."""
        workshop = the_workshop(workshop_id, locked=True)
        place = workshop.arrive(
            caller()
        )  # held here: the session lets go of what nobody holds, and would load it again
        show_life(workshop, place)
        g.session.flush()
        return shown(workshop)


@api.route("/workshops/<uuid:workshop_id>/groups")
class Groups(MethodView):
    @open_to(*READING)
    def get(self, workshop_id: UUID):
        """All groups as tiles, and what everybody shares."""
        workshop = the_workshop(workshop_id)
        return overview(workshop)

    @open_to(*LEADING)
    @api.arguments(GroupsSchema)
    def post(self, wanted, workshop_id: UUID):
        """Divide those who have a place, and give the groups their questions."""
        workshop = the_workshop(workshop_id, locked=True)
        seated = {group.id: [place.id for place in group.places] for group in workshop.groups}
        must_stand(wanted, SeatedSchema, {"groups": seated})
        del wanted["was"]
        questions = [find(g.session, Question, id) for id in wanted.pop("questions")]
        workshop.form_groups(**wanted)
        share_out(questions, workshop, g.session)
        return overview(workshop), 201


@api.route("/workshops/<uuid:workshop_id>/groups/evening-out")
class EveningOut(MethodView):
    @open_to(*LEADING)
    def post(self, workshop_id: UUID):
        """Make the groups of those who are here even again."""
        workshop = the_workshop(workshop_id, locked=True)
        return {"moved": workshop.even_out()}


@api.route("/workshops/<uuid:workshop_id>/places/<uuid:place_id>/group")
class PlaceInGroup(MethodView):
    @open_to(*LEADING)
    @api.arguments(MoveSchema)
    def put(self, wanted, workshop_id: UUID, place_id: UUID):
        """Move a person to another group."""
        workshop = the_workshop(workshop_id, locked=True)
        place = find(g.session, Place, place_id)
        wanted = merged(wanted, MoveSchema, place)
        workshop.move(place, find(g.session, Group, wanted["group_id"]))
        return overview(workshop)


@api.route("/groups/<uuid:group_id>/question")
class GroupQuestion(MethodView):
    @open_to(*LEADING)
    @api.arguments(GroupQuestionSchema)
    def put(self, wanted, group_id: UUID):
        """Give a group another question; its earlier boards stay."""
        group = find(g.session, Group, group_id)
        workshop = the_workshop(group.workshop_id, locked=True)
        stands = {"question_id": group.board.question_id if group.board else None}
        wanted = merged(wanted, GroupQuestionSchema, stands)
        give(the_question(wanted["question_id"]), group, workshop, g.session)
        workshop.changed()
        return overview(workshop)


@api.route("/groups/<uuid:group_id>/help")
class GroupHelp(MethodView):
    @open_to(*LEADING)
    @api.arguments(HelpSchema)
    def put(self, wanted, group_id: UUID):
        """The facilitator has been there."""
        group = find(g.session, Group, group_id)
        group.ask_for_help() if wanted["asks"] else group.is_helped()
        return overview(the_workshop(group.workshop_id))


@api.route("/workshops/<uuid:workshop_id>/start")
class Start(MethodView):
    @open_to(*LEADING)
    def post(self, workshop_id: UUID):
        """Start the session, and with the first one the round."""
        workshop = the_workshop(workshop_id, locked=True)
        Round.of(workshop.run_id, workshop.round, g.session).start(workshop, caller().subject)
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/end")
class End(MethodView):
    @open_to(*LEADING)
    def post(self, workshop_id: UUID):
        """End the session: boards stay, who wrote what is forgotten."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.end()
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/step")
class CurrentStep(MethodView):
    @open_to(*LEADING)
    @api.arguments(StepSchema)
    def put(self, wanted, workshop_id: UUID):
        """Move everybody to a step, forward or back."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.go_to(wanted["number"], caller().subject)
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/timer")
class Timer(MethodView):
    @open_to(*LEADING)
    @api.arguments(TimerSchema)
    def put(self, wanted, workshop_id: UUID):
        """Set the timer; 0 seconds takes it away."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.set_timer(wanted["seconds"], caller().subject)
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/broadcast")
class Broadcast(MethodView):
    @open_to(*LEADING)
    @api.arguments(SentenceSchema)
    def put(self, said, workshop_id: UUID):
        """Say a sentence to all groups; an empty one takes it away."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.say_to_all(said["text"], caller().subject)
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/facilitator")
class Facilitator(MethodView):
    @open_to(*LEADING)
    @api.arguments(HandOverSchema)
    def put(self, wanted, workshop_id: UUID):
        """Hand the session over; without a name the caller takes over."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.hand_over(wanted["to"] or caller().subject, caller().subject)
        return overview(workshop)


@api.route("/workshops/<uuid:workshop_id>/notes")
class Notes(MethodView):
    @open_to(*LEADING)
    @api.arguments(NotesSchema)
    def put(self, given, workshop_id: UUID):
        """Keeps staff's note beside the minutes."""
        workshop = the_workshop(workshop_id, locked=True)
        workshop.notes = merged(given, NotesSchema, workshop)["notes"].strip()
        return shown(workshop)


@api.route("/workshops/<uuid:workshop_id>/minutes")
class Minutes(MethodView):
    @open_to("participant", *READING)
    def get(self, workshop_id: UUID):
        """Returns what the boards and outcomes say: to staff at any time, to those who were there when it is over."""
        workshop = the_workshop(workshop_id)
        workshop.must_show_minutes_to(me())
        return jsonify(minutes_of(workshop, g.session))


def shown(workshop: Workshop) -> dict[str, Any]:
    mine = me()
    return workshop_for(workshop, workshop.place_of(mine) if mine else None)


def overview(workshop: Workshop) -> dict[str, Any]:
    g.session.flush()
    g.session.expire(workshop, ["groups"])
    for group in workshop.groups:
        g.session.expire(group, ["places", "boards"])
    return shown(workshop) | workshop_for_all(workshop) | {"groups": groups_for_staff(workshop, g.session)}
