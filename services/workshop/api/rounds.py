"""The two rounds of a run."""

from uuid import UUID

from services.workshop import run_rounds
from services.workshop.api.finding import in_my_run
from services.workshop.rounds import ROUNDS
from shared.contracts.api import workshop_sessions as shapes
from shared.contracts.api.workshop_sessions import Sessions
from shared.problems import NotFound
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves
from shared.web.shapes import shape_of

api = Blueprint("rounds", __name__)


@serves(api, Sessions.rounds)
def rounds(run_id: UUID) -> list[shapes.Round]:
    run = in_my_run(run_id)
    return [shape_of(shapes.Round, run_rounds.as_it_stands(session(), run, number)) for number in ROUNDS]


@serves(api, Sessions.end_round)
def end_round(run_id: UUID, number: int) -> shapes.Round:
    if number not in ROUNDS:
        raise NotFound
    round = run_rounds.as_it_stands(session(), run_id, number)
    round.end()
    return shape_of(shapes.Round, round)
