"""Finding what a caller asks for: participants reach their own run only, and boards of their own group."""

from uuid import UUID

from services.workshop import boards, sessions
from services.workshop.models import Board, Place, PlannedRun, Question, Workshop
from shared.database import find
from shared.problems import NotAllowed, NotFound
from shared.web.acts import caller, session
from shared.web.roles import STAFF


def is_participant() -> bool:
    """Somebody of the client's staff, known by pseudonym in one run."""
    return not caller().is_any(*STAFF)


def in_my_run(run_id: UUID) -> UUID:
    """A pseudonym belongs to one run: nothing of another run is there for it."""
    if is_participant() and caller().run_id != run_id:
        raise NotFound
    return run_id


def planned(run_id: UUID) -> UUID:
    """The run's id, if there is such a run; raises NobodyPlannedIt for one that somebody made up."""
    return PlannedRun.known(run_id, session())


def the_workshop(workshop_id: UUID, locked: bool = False) -> Workshop:
    found = sessions.held(session(), workshop_id) if locked else find(session(), Workshop, workshop_id)
    in_my_run(found.run_id)
    return found


def the_session_of(run_id: UUID, workshop_id: UUID) -> Workshop:
    """A session of this run, for a service that asks about it."""
    found = find(session(), Workshop, workshop_id)
    if found.run_id != run_id:
        raise NotFound
    return found


def the_question(question_id: UUID) -> Question:
    found = find(session(), Question, question_id)
    in_my_run(found.run_id)
    return found


def the_board(board_id: UUID, locked: bool = False) -> Board:
    """A board that the caller may read."""
    board = boards.held(session(), board_id) if locked else find(session(), Board, board_id)
    in_my_run(board.workshop.run_id)
    if is_participant() and not may_read(board):
        raise NotAllowed
    return board


def may_read(board: Board) -> bool:
    """One's own group's boards; all boards of one's session while groups show each other theirs. Afterwards everybody in the run
    reads what was written, as in the minutes: who was there is forgotten."""
    workshop = board.workshop
    if workshop.state == "ended":
        return True
    mine = workshop.place_of(caller().subject)
    if mine is None or mine.is_waiting:
        return False
    return mine.group_id == board.group_id or workshop.step.shows_all_groups


def my_place(board: Board) -> Place:
    """The caller's place in the group of this board."""
    mine = board.workshop.place_of(caller().subject)
    if mine is None or mine.group_id != board.group_id:
        raise NotAllowed
    return mine


def me() -> UUID | None:
    """The pseudonym, for what only the person sees; nobody for staff."""
    return caller().subject if is_participant() else None
