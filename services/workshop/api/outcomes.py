"""Outcomes: written, signed, listed."""

from uuid import UUID

from msgspec.structs import asdict

from services.workshop import outcomes
from services.workshop.api.finding import in_my_run, is_participant, me, my_place, the_board
from services.workshop.models import Board, Outcome
from services.workshop.showing import outcome_for
from shared.contracts.api import workshop_outcomes as shapes
from shared.contracts.api.workshop_outcomes import Outcomes
from shared.contracts.api.workshop_questions import Ids
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves
from shared.web.shapes import shape_of

api = Blueprint("outcomes", __name__)


@serves(api, Outcomes.outcomes)
def of_run(
    run_id: UUID,
    round: shapes.RoundNumber | None = None,
    question_id: UUID | None = None,
    signed_off: bool | None = None,
) -> list[shapes.Outcome]:
    wanted = True if is_participant() else signed_off
    found = outcomes.of_run(session(), in_my_run(run_id), round, question_id, wanted)
    return [outcome_for(outcome) for outcome in found]


@serves(api, Outcomes.outcome_texts)
def outcome_texts(run_id: UUID, wanted: Ids) -> dict[UUID, shapes.OutcomeText]:
    signed_off = True if is_participant() else None
    found = outcomes.with_ids(session(), in_my_run(run_id), wanted.ids, signed_off)
    return {outcome.id: shape_of(shapes.OutcomeText, outcome) for outcome in found}


@serves(api, Outcomes.write)
def write(board_id: UUID, written: shapes.OutcomeWritten) -> shapes.Outcome:
    board = at_the_board(board_id)
    outcome = Outcome.write(board, outcomes.brought_to(session(), board), **asdict(written))
    session().flush()
    return for_me(outcome, board)


@serves(api, Outcomes.reword)
def reword(outcome_id: UUID, reworded: shapes.OutcomeReworded) -> shapes.Outcome:
    outcome, board = the_outcome(outcome_id)
    brought = outcomes.brought_to(session(), board)
    outcome.say(brought, **merged_struct(reworded, outcome))
    return for_me(outcome, board)


@serves(api, Outcomes.strike)
def strike(outcome_id: UUID) -> None:
    outcome, _ = the_outcome(outcome_id)
    outcome.strike()


@serves(api, Outcomes.sign)
def sign(outcome_id: UUID, read: shapes.WordingRead) -> shapes.Outcome:
    outcome, board = the_outcome(outcome_id)
    outcome.must_be_read(read.wording)
    outcome.sign(caller().subject) if is_participant() else outcome.sign_for_the_group(caller().subject)
    return for_me(outcome, board)


@serves(api, Outcomes.take_signature_back)
def take_signature_back(outcome_id: UUID) -> shapes.Outcome:
    outcome, board = the_outcome(outcome_id)
    outcome.take_signature_back(caller().subject)
    return for_me(outcome, board)


def at_the_board(board_id: UUID) -> Board:
    """The board, locked, for those of its group and for the facilitator."""
    board = the_board(board_id, locked=True)
    if is_participant():
        my_place(board)
    return board


def the_outcome(outcome_id: UUID) -> tuple[Outcome, Board]:
    """With its board, by which it is locked: signatures are counted one after another."""
    outcome = find(session(), Outcome, outcome_id)
    board = at_the_board(outcome.board_id)
    session().refresh(outcome)
    return outcome, board


def for_me(outcome: Outcome, board: Board) -> shapes.Outcome:
    who = me()
    return outcome_for(outcome, board.workshop.hand_of(who) if who else None)
