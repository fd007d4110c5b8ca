"""The outcomes of my group: written, said anew, struck, signed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, g, request

from services.portal.areas.workshops.employee_board import answered, pages
from services.portal.clients.workshop import workshop
from services.portal.forms.edits import edited


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


def the_outcome() -> str:
    return str(UUID(request.form.get("outcome", "")))


OUTCOME_ACTS: dict[str, Callable[[UUID], Any]] = {
    "write": lambda board_id: workshop.write_outcome(board_id, outcome_words()),
    "say": lambda board_id: workshop.say_outcome(the_outcome(), edited(outcome_words())),
    "strike": lambda board_id: workshop.strike_outcome(the_outcome()),
    "sign": lambda board_id: workshop.sign(the_outcome(), request.form.get("wording", "")),
    "unsign": lambda board_id: workshop.take_signature_back(the_outcome()),
}
