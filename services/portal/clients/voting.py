"""Asks voting: the reader's deck and answers, how far the views are read, the results."""

from uuid import UUID

from services.portal.clients.base import if_there
from services.portal.clients.typed import client
from shared.contracts.api.voting import Progress, Voting
from shared.contracts.api.voting_results import Results

voting = client(Voting)
results = client(Results)


def progress_in(run_id: UUID) -> Progress | None:
    """How far I am and what state the ballot is in; None where the run has no ballot yet."""
    return if_there(voting.progress, run_id)
