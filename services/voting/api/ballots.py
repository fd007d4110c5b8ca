"""A run's ballot: how far the views have been read, and by which terms."""

from uuid import UUID

from services.voting import ballots as the_ballots
from services.voting.overview import readings_of
from services.voting.settling import propose_seats_again
from shared.contracts.api import voting_results as shapes
from shared.contracts.api.voting_results import Results
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves

ballots = Blueprint("ballots", __name__, description="How far the views have been read")


@serves(ballots, Results.ballot)
def ballot(run_id: UUID) -> shapes.Readings:
    return readings_of(the_ballots.of(session(), run_id), session())


@serves(ballots, Results.agree_on)
def agree_on(run_id: UUID, terms: shapes.Terms) -> shapes.Readings:
    ballot = the_ballots.held(session(), run_id)
    seats_rest_on = ballot.questions, ballot.with_hearts
    ballot.agree_on(**merged_struct(terms, ballot))
    if ballot.state == "counted" and seats_rest_on != (ballot.questions, ballot.with_hearts):
        propose_seats_again(ballot, session())
    return readings_of(ballot, session())
