"""The process over HTTP: runs, the plan as an agreement, moving on, the cockpit."""

from datetime import timedelta

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.process import schemas
from services.process.agreement import over_what_is_agreed
from services.process.journey import TEMPLATES
from services.process.models import KeptTemplate, Proposal, Run, Standing
from services.process.models.kept import shape_of, template_from
from shared.acts import caller
from shared.arguments import Blueprint
from shared.database import find
from shared.roles import CLIENT_SIDE, STAFF
from shared.web import open_to

pages = Blueprint("process", __name__)
EVERYBODY = ("participant", "supervisor", "designer", "service", *CLIENT_SIDE, *STAFF)
THOSE_WHO_STEER = ("lead", *CLIENT_SIDE)


def party() -> str:
    """Whom the caller signs for."""
    return "consultancy" if caller().is_any(*STAFF) else "client"


@pages.route("/runs")
class Runs(MethodView):
    @open_to(*EVERYBODY)
    @pages.response(200, schemas.RunShape(many=True))
    def get(self):
        """The runs of the organisation, the newest first."""
        return g.session.scalars(select(Run).order_by(Run.planned_at.desc(), Run.id)).all()

    @open_to("lead")
    @pages.arguments(schemas.NewRun)
    @pages.response(201, schemas.SteeringShape)
    def post(self, new):
        """Plan a run from a template."""
        key, shape = new.pop("template"), new.pop("phases")
        template = template_from(key, shape) if shape else TEMPLATES[key]
        return Run.plan(
            g.session, template=template, consultancy_id=caller().home, led_by=caller().subject, **new
        )


@pages.route("/runs/<uuid:run_id>")
class OneRun(MethodView):
    @open_to(*EVERYBODY)
    @pages.response(200, schemas.RunShape)
    def get(self, run_id):
        """The agreed path of a run, and what is open now."""
        return find(g.session, Run, run_id)


@pages.route("/runs/<uuid:run_id>/steering")
class Steering(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @pages.response(200, schemas.SteeringShape)
    def get(self, run_id):
        """The same, with goals, drift and decisions, for those who steer."""
        return find(g.session, Run, run_id)


@pages.route("/runs/<uuid:run_id>/shape")
class Shape(MethodView):
    @open_to(*STAFF)
    @pages.response(200, schemas.TemplatePhase(many=True))
    def get(self, run_id):
        """The road of a run without anything that was said on it, for a template."""
        return shape_of(find(g.session, Run, run_id).phases)


@pages.route("/templates")
class Templates(MethodView):
    @open_to(*STAFF)
    @pages.response(200, schemas.KeptShape(many=True))
    def get(self):
        """The templates that the consultancy keeps, by name."""
        return g.session.scalars(select(KeptTemplate).order_by(KeptTemplate.name, KeptTemplate.id)).all()

    @open_to("lead")
    @pages.arguments(schemas.KeptShape)
    @pages.response(201, schemas.KeptShape)
    def post(self, kept):
        """Keep the road of a run as a template."""
        template = KeptTemplate(kept_by=caller().subject, **kept)
        g.session.add(template)
        return template


@pages.route("/runs/<uuid:run_id>/moves")
class Moves(MethodView):
    @open_to(*CLIENT_SIDE, *STAFF)
    @pages.arguments(schemas.Towards, location="query")
    @pages.response(200, schemas.AheadShape)
    def get(self, towards, run_id):
        """What moving on would do now: what closes, what opens, what is left out, and how it leaves the agreed path."""
        return find(g.session, Run, run_id).ahead(**towards)

    @open_to(*THOSE_WHO_STEER)
    @pages.arguments(schemas.Move)
    @pages.response(200, schemas.SteeringShape)
    def post(self, move, run_id):
        """Close this phase and open the next, or a later one: at once, or in some minutes, to be taken back until then."""
        run, minutes = Run.moved_by_one(g.session, run_id), move.pop("in_minutes")
        if minutes:
            run.plan_to_move_on(timedelta(minutes=minutes), party(), caller().subject, **move)
        else:
            run.move_on(party(), caller().subject, **move)
        return run


@pages.route("/runs/<uuid:run_id>/moves/<uuid:move_id>/taking-back")
class TakingBack(MethodView):
    @open_to(*THOSE_WHO_STEER)
    @pages.response(200, schemas.SteeringShape)
    def post(self, run_id, move_id):
        """Take back a move before its moment."""
        run = Run.moved_by_one(g.session, run_id)
        run.take_back(run.planned(move_id), caller().subject)
        return run


@pages.route("/runs/<uuid:run_id>/moves/<uuid:move_id>/going-through")
class GoingThrough(MethodView):
    @open_to(*THOSE_WHO_STEER)
    @pages.response(200, schemas.SteeringShape)
    def post(self, run_id, move_id):
        """Have an announced move happen at once."""
        run = Run.moved_by_one(g.session, run_id)
        run.go_through_with(run.planned(move_id))
        return run


@pages.route("/runs/<uuid:run_id>/proposals")
class Proposals(MethodView):
    @open_to(*EVERYBODY)
    @pages.response(200, schemas.ProposalShape(many=True))
    def get(self, run_id):
        """All versions of the plan, the newest first; those who do not steer see the agreed ones."""
        proposals = list(reversed(find(g.session, Run, run_id).proposals))
        if caller().is_any(*CLIENT_SIDE, *STAFF):
            return proposals
        return [proposal for proposal in proposals if proposal.state == "agreed"]

    @open_to(*THOSE_WHO_STEER)
    @pages.arguments(schemas.NewProposal)
    @pages.response(201, schemas.ProposalShape)
    def post(self, new, run_id):
        """Propose a plan, or a change to the agreed one; the proposer signs it with this."""
        run = Run.moved_by_one(g.session, run_id)
        phases = over_what_is_agreed(new["phases"], new["was"], run.phases)
        return run.propose(phases, new["why"], party(), caller().subject)


def proposal_of(run_id, proposal_id) -> Proposal:
    """The proposal, with its run locked: two signatures at once agree once."""
    Run.moved_by_one(g.session, run_id)
    return find(g.session, Proposal, proposal_id)


@pages.route("/runs/<uuid:run_id>/proposals/<uuid:proposal_id>/signature")
class Signature(MethodView):
    @open_to(*THOSE_WHO_STEER)
    @pages.response(200, schemas.ProposalShape)
    def post(self, run_id, proposal_id):
        """Accept a proposal for one's party."""
        proposal = proposal_of(run_id, proposal_id)
        proposal.sign(party(), caller().subject)
        return proposal


@pages.route("/runs/<uuid:run_id>/proposals/<uuid:proposal_id>/refusal")
class Refusal(MethodView):
    @open_to(*THOSE_WHO_STEER)
    @pages.arguments(schemas.Refusing)
    @pages.response(200, schemas.ProposalShape)
    def post(self, refusing, run_id, proposal_id):
        """Decline a proposal for one's party, with a reason."""
        proposal = proposal_of(run_id, proposal_id)
        proposal.decline(party(), caller().subject, refusing["reason"])
        return proposal


@pages.route("/runs/<uuid:run_id>/proposals/<uuid:proposal_id>")
class OneProposal(MethodView):
    @open_to(*THOSE_WHO_STEER)
    @pages.response(204)
    def delete(self, run_id, proposal_id):
        """Take one's own proposal back."""
        proposal_of(run_id, proposal_id).withdraw(party())


@pages.route("/cockpit")
class Cockpit(MethodView):
    @open_to(*STAFF)
    @pages.response(200, schemas.StandingShape(many=True))
    def get(self):
        """All clients' runs as the consultancy sees them; those that need a person come first."""
        standings = g.session.scalars(select(Standing).order_by(Standing.next_at, Standing.run_id)).all()
        return sorted(standings, key=lambda standing: not standing.needs_a_person)
