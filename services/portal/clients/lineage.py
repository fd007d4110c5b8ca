"""Asks lineage: what became of what was said, and from whose words something was written."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.portal.clients.base import Client

Id = UUID | str
MOST_VIEWS = 500


class Lineage(Client):
    service = "lineage"

    def thread(self, thing_id: Id, direction: str = "both") -> dict[str, Any]:
        """{start, things, edges}: ids and kinds, no words."""
        return self.get(f"/threads/{thing_id}", direction=direction)

    def lookup(self, run_id: Id, views: Iterable[Id]) -> dict[str, dict[str, Any]]:
        """{view id: {readings, stands, questions, outcomes, passages, teams}} for views that somebody has heard of."""
        wanted = sorted({str(id) for id in views})
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), MOST_VIEWS):
            body = {"ids": wanted[start : start + MOST_VIEWS]}
            found |= self.post("/threads/lookup", body, run_id=run_id)["threads"]
        return found

    def summary(self, run_id: Id) -> dict[str, Any]:
        """{edges, things, passages_without_views, outcomes_without_views, orphan_outcomes}."""
        return self.get(f"/runs/{run_id}/edges/summary")


lineage = Lineage()
