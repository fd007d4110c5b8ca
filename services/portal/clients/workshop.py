"""Asks the workshops: questions, sessions, leading them, boards, outcomes. `from services.portal.clients import workshop`."""

from collections.abc import Iterable
from uuid import UUID

from services.portal.clients.typed import client
from shared.contracts.api.workshop import Boards
from shared.contracts.api.workshop_boards import AtTheBoard
from shared.contracts.api.workshop_facilitation import Facilitation
from shared.contracts.api.workshop_outcomes import Outcomes, OutcomeText
from shared.contracts.api.workshop_questions import MOST_IDS, Ids, Questions
from shared.contracts.api.workshop_sessions import Sessions

questions = client(Questions)
sessions = client(Sessions)
facilitation = client(Facilitation)
boards = client(Boards)
at_the_board = client(AtTheBoard)
outcomes = client(Outcomes)


def question_texts(run_id: UUID, ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """The wordings of these questions by language; of none nobody is asked."""
    found: dict[UUID, dict[str, str]] = {}
    for some in in_portions(ids):
        found |= questions.question_texts(run_id, some)
    return found


def outcome_texts(run_id: UUID, ids: Iterable[UUID]) -> dict[UUID, OutcomeText]:
    """The words of these outcomes, as far as they may be read; of none nobody is asked."""
    found: dict[UUID, OutcomeText] = {}
    for some in in_portions(ids):
        found |= outcomes.outcome_texts(run_id, some)
    return found


def in_portions(ids: Iterable[UUID]) -> list[Ids]:
    wanted = sorted(set(ids))
    return [Ids(ids=wanted[start : start + MOST_IDS]) for start in range(0, len(wanted), MOST_IDS)]
