"""Outcomes over HTTP: write, sign, list."""

from typing import Any
from uuid import UUID

from flask import g, jsonify
from flask.views import MethodView
from sqlalchemy import Select, select

from services.workshop.api.finding import LEADING, READING, in_my_run, is_participant, me, my_place, the_board
from services.workshop.models import Board, Outcome
from services.workshop.schemas import (
    IdsSchema,
    OutcomesArguments,
    OutcomeWordsSchema,
    RewordedOutcomeSchema,
    SignatureSchema,
)
from services.workshop.showing import outcome_for
from shared.database import find
from shared.web.access import open_to
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged

api = Blueprint("outcomes", __name__)


@api.route("/boards/<uuid:board_id>/outcomes")
class BoardOutcomes(MethodView):
    @open_to("participant", *LEADING)
    @api.arguments(OutcomeWordsSchema)
    def post(self, words, board_id: UUID):
        """The group, or the facilitator for it, writes what it arrived at."""
        board = at_the_board(board_id)
        outcome = Outcome.write(board, **words)
        g.session.flush()
        return for_me(outcome, board), 201


@api.route("/outcomes/<uuid:outcome_id>")
class OneOutcome(MethodView):
    @open_to("participant", *LEADING)
    @api.arguments(RewordedOutcomeSchema)
    def put(self, words, outcome_id: UUID):
        """Other words; signatures are asked for again."""
        outcome, board = the_outcome(outcome_id)
        outcome.say(**merged(words, RewordedOutcomeSchema, outcome))
        return for_me(outcome, board)

    @open_to("participant", *LEADING)
    def delete(self, outcome_id: UUID):
        """Strike an outcome that is not signed off."""
        outcome, _ = the_outcome(outcome_id)
        outcome.strike()
        return "", 204


@api.route("/outcomes/<uuid:outcome_id>/signature")
class Signature(MethodView):
    @open_to("participant", *LEADING)
    @api.arguments(SignatureSchema)
    def put(self, read, outcome_id: UUID):
        """Stand behind the wording that one has read; the facilitator signs on the group's word."""
        outcome, board = the_outcome(outcome_id)
        outcome.must_be_read(read["wording"])
        outcome.sign(caller().subject) if is_participant() else outcome.sign_for_the_group(caller().subject)
        return for_me(outcome, board)

    @open_to("participant")
    def delete(self, outcome_id: UUID):
        outcome, board = the_outcome(outcome_id)
        outcome.take_signature_back(caller().subject)
        return for_me(outcome, board)


@api.route("/runs/<uuid:run_id>/outcomes")
class Outcomes(MethodView):
    @open_to("participant", *READING)
    @api.arguments(OutcomesArguments, location="query")
    def get(self, wanted, run_id: UUID):
        """Returns the groups' outcomes; participants see what has been signed off."""
        query = select(Outcome).filter_by(run_id=in_my_run(run_id))
        for name in ("round", "question_id"):
            if wanted[name]:
                query = query.filter_by(**{name: wanted[name]})
        query = stands(query, True if is_participant() else wanted["signed_off"])
        found = g.session.scalars(
            query.order_by(Outcome.round, Outcome.question_id, Outcome.kind, Outcome.id)
        )
        return jsonify([outcome_for(outcome) for outcome in found])


@api.route("/runs/<uuid:run_id>/outcomes/texts")
class OutcomeTexts(MethodView):
    @open_to("participant", *READING)
    @api.arguments(IdsSchema)
    def post(self, asked, run_id: UUID):
        """Words by id, for pages that know only ids."""
        query = select(Outcome).filter_by(run_id=in_my_run(run_id)).where(Outcome.id.in_(asked["ids"]))
        found = g.session.scalars(stands(query, True if is_participant() else None))
        kept = ("kind", "text", "language", "round")
        return {str(one.id): {name: getattr(one, name) for name in kept} for one in found}


def stands(query: Select, signed_off: bool | None) -> Select:
    if signed_off is None:
        return query
    is_signed = Outcome.signed_off_on.is_not(None)
    return query.where(is_signed if signed_off else ~is_signed)


def at_the_board(board_id: UUID) -> Board:
    """The board, locked, for those of its group and for the facilitator."""
    board = the_board(board_id, locked=True)
    if is_participant():
        my_place(board)
    return board


def the_outcome(outcome_id: UUID) -> tuple[Outcome, Board]:
    """With its board, by which it is locked: signatures are counted one after another."""
    outcome = find(g.session, Outcome, outcome_id)
    board = at_the_board(outcome.board_id)
    g.session.refresh(outcome)
    return outcome, board


def for_me(outcome: Outcome, board: Board) -> dict[str, Any]:
    who = me()
    return outcome_for(outcome, board.workshop.hand_of(who) if who else None)
