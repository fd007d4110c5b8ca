"""Asks lineage: what became of what was said, and from whose words something was written."""

from collections.abc import Iterable
from uuid import UUID

from services.portal.clients.typed import client
from shared.contracts.api.lineage import MOST_VIEWS, Became, Lineage, Views

lineage = client(Lineage)


def what_became_of(views: Iterable[UUID]) -> dict[UUID, Became]:
    """By view, of those that somebody has heard of."""
    wanted, found = sorted(set(views)), dict[UUID, Became]()
    for start in range(0, len(wanted), MOST_VIEWS):
        found |= lineage.lookup(Views(ids=wanted[start : start + MOST_VIEWS])).threads
    return found
