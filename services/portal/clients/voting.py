"""Asks voting: the reader's deck and answers, how far the views are read, the results."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.portal.clients.base import ApiProblem, Client

Id = UUID | str


class Voting(Client):
    service = "voting"

    # for everybody who reads

    def progress(self, run_id: Id) -> dict[str, Any] | None:
        """How far I am and what state the ballot is in; None where the run has no ballot yet."""
        try:
            return self.get(f"/runs/{run_id}/progress")
        except ApiProblem as problem:
            if problem.status == 404:
                return None
            raise

    def deck(self, run_id: Id, batch: int | None = None) -> dict[str, Any]:
        """One batch of my cards (the latest, unless told) and how much of each theme I have been dealt."""
        return self.get(f"/runs/{run_id}/deck", batch=batch)

    def deal(
        self,
        run_id: Id,
        after: int,
        own_views: Iterable[Id],
        themes: Iterable[Id] = (),
        languages: Iterable[str] | None = None,
    ) -> dict[str, Any]:
        """The batch after batch number `after`: the same question again deals nothing more."""
        wish = {"after": after, "own_views": list(own_views), "themes": list(themes)}
        chosen = {"languages": list(languages)} if languages is not None else {}
        return self.post(f"/runs/{run_id}/deck", wish | chosen)

    def answer(self, run_id: Id, answers: list[dict[str, Any]]) -> dict[str, Any]:
        """All of them or none; [{view_id, answer: agree | pass | disagree, heart}]."""
        return self.post(f"/runs/{run_id}/answers", {"answers": answers})

    def take_back(self, run_id: Id, view_id: Id) -> dict[str, Any]:
        return self.delete(f"/runs/{run_id}/answers/{view_id}")

    def hearted(self, run_id: Id) -> list[dict[str, Any]]:
        return self.get(f"/runs/{run_id}/hearted")["cards"]

    # the results

    def ranking(
        self, run_id: Id, theme_id: Id | None = None, after: int = 0, limit: int | None = None
    ) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/ranking", theme_id=theme_id, after=after, limit=limit)

    # for staff

    def ballot(self, run_id: Id) -> dict[str, Any]:
        """How far the views have been read, against the promised floor."""
        return self.get(f"/runs/{run_id}/ballot")

    def agree_on(self, run_id: Id, terms: dict[str, Any]) -> dict[str, Any]:
        return self.patch(f"/runs/{run_id}/ballot", terms)

    def seats(self, run_id: Id) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/seats")

    def release(self, run_id: Id) -> None:
        self.post(f"/runs/{run_id}/release")


voting = Voting()
