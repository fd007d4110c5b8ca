"""Coming in to a session: to my group's board, or to the lobby until there are groups."""

from uuid import UUID

from flask import Response, render_template

from services.portal.answers import see_other
from services.portal.areas.workshops.employee_board import pages
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.streams import stream_of
from shared.contracts.api.workshop_sessions import Session

DOOR = "/runs/<uuid:run_id>/workshops/<uuid:workshop_id>/board"


@pages.get(DOOR)
def come_in(run_id: UUID, workshop_id: UUID) -> str | Response:
    """To my group's board; before there are groups, to the lobby; else to the button that takes me in."""
    session = workshop.sessions.session(workshop_id)
    if session.mine and session.mine.board_id:
        return see_other(".show", run_id=run_id, board_id=session.mine.board_id)
    return before_the_board(session)


@pages.post(DOOR)
def take_me_in(run_id: UUID, workshop_id: UUID) -> Response | tuple[str, int]:
    """I am here: a place if I had none, and a group if there are groups."""
    try:
        workshop.sessions.arrive(workshop_id)
    except ApiProblem as problem:
        return before_the_board(workshop.sessions.session(workshop_id), problem.refusal(409)), 409
    return see_other(".come_in", run_id=run_id, workshop_id=workshop_id)


def before_the_board(session: Session, refusal: str = "") -> str:
    mine = session.mine
    waits_for_groups = mine and not mine.is_waiting and not mine.groups_are_formed
    page = "workshops/board_lobby.html" if waits_for_groups else "workshops/board_door.html"
    live = stream_of("workshop", session.id)
    return render_template(page, session=session, live=live, refusal=refusal)
