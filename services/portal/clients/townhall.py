"""Asks the townhall: the kickoff lecture and the launch event, their questions and polls."""

from collections.abc import Iterable
from uuid import UUID

from services.portal.clients.typed import client
from shared.contracts.api.townhall import Hall, Question, Townhall

PURPOSES = ("kickoff", "launch")
townhall = client(Townhall)


def halls_of(run_id: UUID) -> dict[str, Hall]:
    """Returns the events of a run by their purpose."""
    return {hall.purpose: hall for hall in townhall.halls(run_id)}


def carried_forward(ids: Iterable[UUID]) -> list[Question]:
    """Returns the questions that went on to the survey; of none nobody is asked."""
    wanted = ",".join(map(str, ids))
    return townhall.carried_forward(wanted) if wanted else []
