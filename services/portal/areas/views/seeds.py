"""The questions that the kickoff left open, shown to writers as inspiration."""

import logging
from uuid import UUID

from services.portal.clients.base import ApiProblem
from services.portal.clients.townhall import carried_forward
from shared.contracts.api.townhall import Question

log = logging.getLogger(__name__)
MOST = 3


def questions_left_open(ids: list[UUID]) -> list[Question]:
    """The few that most people wanted to know, with their texts."""
    try:
        return carried_forward(ids[:MOST])
    except ApiProblem as problem:  # a page without inspiration is still a page to write on
        log.warning("The kickoff's open questions are not to be had: %s", problem.status)
        return []
