"""The process's operations, as shared/contracts/api/process.py declares them: runs, the plan as an agreement, moving on, the cockpit."""

from datetime import timedelta
from uuid import UUID

from services.process import runs as the_runs
from services.process.agreement import over_what_is_agreed
from services.process.journey import TEMPLATES
from services.process.models import KeptTemplate, Proposal, Run
from services.process.models.kept import shape_of, template_from
from services.process.overview import (
    ahead_of,
    kept_of,
    path_of,
    proposal_of,
    standing_of,
    steering_of,
)
from shared.contracts.api import process as shapes
from shared.contracts.api.process import Process
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.roles import CLIENT_SIDE, STAFF
from shared.web.serving import serves

pages = Blueprint("process", __name__)


def party() -> str:
    """Whom the caller signs for."""
    return "consultancy" if caller().is_any(*STAFF) else "client"


# the path


@serves(pages, Process.runs)
def runs() -> list[shapes.Run]:
    return [path_of(run) for run in the_runs.newest_first(session())]


@serves(pages, Process.plan_a_run)
def plan_a_run(new: shapes.NewRun) -> shapes.Steering:
    template = template_from(new.template, new.phases) if new.phases else TEMPLATES[new.template]
    run = Run.plan(
        name=new.name,
        template=template,
        starts_at=new.starts_at,
        languages=new.languages,
        consultancy_id=caller().home,
        led_by=caller().subject,
    )
    session().add(run)
    return steering_of(run)


@serves(pages, Process.run)
def run(run_id: UUID) -> shapes.Run:
    return path_of(find(session(), Run, run_id))


@serves(pages, Process.steering)
def steering(run_id: UUID) -> shapes.Steering:
    return steering_of(find(session(), Run, run_id))


# templates


@serves(pages, Process.shape)
def shape(run_id: UUID) -> list[shapes.TemplatePhase]:
    return shape_of(find(session(), Run, run_id).phases)


@serves(pages, Process.templates)
def templates() -> list[shapes.KeptTemplate]:
    return [kept_of(template) for template in the_runs.templates_by_name(session())]


@serves(pages, Process.keep_template)
def keep_template(new: shapes.NewTemplate) -> shapes.KeptTemplate:
    session().add(template := KeptTemplate.keep(new.name, new.phases, caller().subject))
    return kept_of(template)


# moving on


@serves(pages, Process.ahead)
def ahead(run_id: UUID, to: str | None = None) -> shapes.Ahead:
    return ahead_of(find(session(), Run, run_id).ahead(to))


@serves(pages, Process.move_on)
def move_on(run_id: UUID, move: shapes.Move) -> shapes.Steering:
    run, who = the_runs.held(session(), run_id), (party(), caller().subject)
    if move.in_minutes:
        run.plan_to_move_on(timedelta(minutes=move.in_minutes), *who, move.reason, move.to, move.leaving)
    else:
        run.move_on(*who, move.reason, move.to, move.leaving)
    return steering_of(run)


@serves(pages, Process.take_back)
def take_back(run_id: UUID, move_id: UUID) -> shapes.Steering:
    run = the_runs.held(session(), run_id)
    run.take_back(run.planned(move_id), caller().subject)
    return steering_of(run)


@serves(pages, Process.go_through)
def go_through(run_id: UUID, move_id: UUID) -> shapes.Steering:
    run = the_runs.held(session(), run_id)
    run.go_through_with(run.planned(move_id))
    return steering_of(run)


# the plan as an agreement


@serves(pages, Process.proposals)
def proposals(run_id: UUID) -> list[shapes.Proposal]:
    found = [proposal_of(one) for one in reversed(find(session(), Run, run_id).proposals)]
    if caller().is_any(*CLIENT_SIDE, *STAFF):
        return found
    return [proposal for proposal in found if proposal.state == "agreed"]


@serves(pages, Process.propose)
def propose(run_id: UUID, new: shapes.NewProposal) -> shapes.Proposal:
    run = the_runs.held(session(), run_id)
    phases = over_what_is_agreed(new.phases, new.was, run.phases)
    return proposal_of(run.propose(phases, new.why, party(), caller().subject))


def held(run_id: UUID, proposal_id: UUID) -> Proposal:
    """The proposal, with its run locked: two signatures at once agree once."""
    the_runs.held(session(), run_id)
    return find(session(), Proposal, proposal_id)


@serves(pages, Process.sign)
def sign(run_id: UUID, proposal_id: UUID) -> shapes.Proposal:
    proposal = held(run_id, proposal_id)
    proposal.sign(party(), caller().subject)
    return proposal_of(proposal)


@serves(pages, Process.decline)
def decline(run_id: UUID, proposal_id: UUID, refusing: shapes.Refusing) -> shapes.Proposal:
    proposal = held(run_id, proposal_id)
    proposal.decline(party(), caller().subject, refusing.reason)
    return proposal_of(proposal)


@serves(pages, Process.withdraw)
def withdraw(run_id: UUID, proposal_id: UUID) -> None:
    held(run_id, proposal_id).withdraw(party())


# the consultancy's view


@serves(pages, Process.cockpit)
def cockpit() -> list[shapes.Standing]:
    standings = map(standing_of, the_runs.standings(session()))
    return sorted(standings, key=lambda standing: not standing.needs_a_person)
