"""The outcomes of my group: written, said anew, struck, signed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, g, request

from services.portal.areas.workshops.employee_board import answered, pages
from services.portal.clients import workshop
from services.portal.forms.edits import edited
from services.portal.forms.fields import as_sent, id_in
from shared.contracts.api.workshop_outcomes import OutcomeReworded, OutcomeWritten, WordingRead


@pages.post("/runs/<uuid:run_id>/boards/<uuid:board_id>/outcomes")
def outcome(run_id: UUID, board_id: UUID) -> Response | str | tuple[str, int]:
    """Write, change, strike or sign an outcome; `act` says which."""
    done = request.form.get("act", "")
    return answered(run_id, board_id, lambda: OUTCOME_ACTS[done](board_id), "outcomes")


def outcome_words() -> dict[str, Any]:
    form = request.form
    given = {"kind": form.get("kind", ""), "text": form.get("text", "").strip()}
    given |= {"language": form.get("language") or g.here.language}
    return given | {"cards": form.getlist("cards"), "outcomes": form.getlist("outcomes")}


def reword() -> None:
    workshop.outcomes.reword(id_in("outcome"), as_sent(OutcomeReworded, edited(outcome_words())))


def sign() -> None:
    workshop.outcomes.sign(id_in("outcome"), WordingRead(wording=request.form.get("wording", "")))


OUTCOME_ACTS: dict[str, Callable[[UUID], Any]] = {
    "write": lambda board_id: workshop.outcomes.write(board_id, as_sent(OutcomeWritten, outcome_words())),
    "say": lambda board_id: reword(),
    "strike": lambda board_id: workshop.outcomes.strike(id_in("outcome")),
    "sign": lambda board_id: sign(),
    "unsign": lambda board_id: workshop.outcomes.take_signature_back(id_in("outcome")),
}
