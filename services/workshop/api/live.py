"""Answers live streams: the common state of a board or session, and who may follow it."""

from uuid import UUID

from sqlalchemy import select

from services.workshop.api.finding import is_participant, the_board, the_workshop
from services.workshop.models import Board, Workshop
from services.workshop.showing import board_for_all, session_for_all
from shared.contracts.api.workshop_boards import AtTheBoard, Followed
from shared.database import find
from shared.problems import NotAllowed, NotFound
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

api = Blueprint("live", __name__)


@serves(api, AtTheBoard.snapshot)
def snapshot(about: UUID) -> Followed:
    if board := session().scalars(select(Board).filter_by(id=about)).one_or_none():
        return board_for_all(board)
    return session_for_all(find(session(), Workshop, about))


@serves(api, AtTheBoard.access)
def access(about: UUID) -> None:
    try:
        the_board(about)
    except NotFound:
        may_follow_the_session(about)


def may_follow_the_session(workshop_id: UUID) -> None:
    workshop = the_workshop(workshop_id)
    if is_participant() and not caller().is_any("coordinator") and not workshop.place_of(caller().subject):
        raise NotAllowed
