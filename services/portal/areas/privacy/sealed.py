"""Opens for oneself what one has said without a name, as long as the keys live: for the file that one takes along."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec import to_builtins

from services.portal.areas.views import receipts
from services.portal.clients import workshop
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import own_views
from services.portal.clients.voting import voting
from shared.contracts.api.process import Run

Things = list[dict[str, Any]]
NOTHING_HERE = (403, 404, 409)  # the service has not heard of the run, or its key is dead


def said_in(run: Run) -> dict[str, Any]:
    """Returns one's own views, answers and places in a run; after the keys' day none but the views of which one has receipts."""
    return {
        "run_id": run.id,
        "name": run.name,
        "views": what_there_is(lambda: views_in(run.id)),
        "answers": what_there_is(lambda: answers_in(run.id)),
        "places": what_there_is(lambda: places_in(run.id)),
    }


def what_there_is(asked: Callable[[], Things]) -> Things:
    try:
        return asked()
    except ApiProblem as problem:
        if problem.status not in NOTHING_HERE:
            raise
        return []


def views_in(run_id: UUID) -> Things:
    return [to_builtins(view) for view in own_views(run_id, receipts.held(run_id))]


def places_in(run_id: UUID) -> Things:
    return [to_builtins(session) for session in workshop.sessions.sessions(run_id) if session.mine]


def answers_in(run_id: UUID) -> Things:
    """Returns one's own answers, batch by batch, as the pages of reading show them."""
    latest = voting.deck(run_id)
    earlier = [voting.deck(run_id, batch) for batch in range(1, latest.batch)]
    return [to_builtins(card) for deck in [*earlier, latest] for card in deck.cards if card.answer]
