"""Results: the ranking, the proposed questions, and their release."""

from uuid import UUID

from services.voting import ballots
from services.voting.models.ballot import NotReleased
from services.voting.overview import ranking_of, seats_of
from services.voting.places import seats_in_order
from services.voting.settling import release as release_results
from shared.contracts.api import voting_results as shapes
from shared.contracts.api.voting_results import Results
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.roles import STAFF
from shared.web.serving import serves

results = Blueprint("results", __name__, description="The ranking and the proposed questions")


@serves(results, Results.ranking)
def ranking(
    run_id: UUID, theme_id: UUID | None = None, after: int = 0, limit: int | None = None
) -> shapes.Ranking:
    ballot = ballots.of(session(), run_id)
    if not caller().is_any(*STAFF) and not ballot.released:
        raise NotReleased
    ballot.must_be_counted()
    return ranking_of(ballot, session(), theme_id, after, limit)


@serves(results, Results.seats)
def seats(run_id: UUID) -> shapes.Seats:
    ballot = ballots.of(session(), run_id)
    ballot.must_be_counted()
    return seats_of(ballot, seats_in_order(session(), run_id))


@serves(results, Results.release)
def release(run_id: UUID) -> None:
    release_results(ballots.held(session(), run_id), caller().subject, session())
