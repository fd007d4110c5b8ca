"""Asks the survey: themes, views, one's own views by receipt, the moderators' queue."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.portal.clients.base import Client

Id = UUID | str
MOST_IDS = 1000


class Survey(Client):
    service = "survey"

    # for everybody who writes and reads

    def collecting(self, run_id: Id, language: str | None = None) -> dict[str, Any]:
        """The themes in this language, with my progress and drafts, and whether views are taken now."""
        return self.get(f"/runs/{run_id}/collecting", language=language)

    def keep_draft(self, theme_id: Id, text: str, language: str) -> None:
        self.put(f"/themes/{theme_id}/draft", {"text": text, "language": language})

    def give(self, theme_id: Id, text: str, language: str, receipt: str | None) -> dict[str, Any]:
        """{view, receipt}: the receipt is told this once."""
        return self.post(
            f"/themes/{theme_id}/views", {"text": text, "language": language, "receipt": receipt}
        )

    def views(self, theme_id: Id, after: str | None = None) -> dict[str, Any]:
        """{items, next}: colleagues' views in their steady order."""
        return self.get(f"/themes/{theme_id}/views", after=after, limit=30)

    def another_view(self, theme_id: Id, language: str) -> dict[str, Any] | None:
        return self.get(f"/themes/{theme_id}/another-view", language=language)["view"]

    def own_views(self, run_id: Id, receipts: Iterable[str]) -> list[dict[str, Any]]:
        return self.own_views_and_what_is_not_yet(run_id, receipts)[0]

    def own_views_and_what_is_not_yet(
        self, run_id: Id, receipts: Iterable[str]
    ) -> tuple[list[dict[str, Any]], int]:
        """My views, and how many of the receipts lead to none yet."""
        told = self.post(f"/runs/{run_id}/own-views", {"receipts": list(receipts)})
        return told["views"], told["not_yet"]

    def revise(self, view_id: Id, text: str, language: str, receipts: Iterable[str]) -> dict[str, Any]:
        return self.patch(
            f"/views/{view_id}", {"text": text, "language": language, "receipts": list(receipts)}
        )

    def withdraw(self, view_id: Id, receipts: Iterable[str]) -> dict[str, Any]:
        return self.post(f"/views/{view_id}/withdrawal", {"receipts": list(receipts)})

    def texts(self, run_id: Id, ids: Iterable[Id]) -> dict[str, dict[str, Any]]:
        """{view id: {text, language, theme_id, status}}, without those that may not be seen."""
        wanted = sorted({str(id) for id in ids})
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), MOST_IDS):
            found |= self.post(f"/runs/{run_id}/texts", {"ids": wanted[start : start + MOST_IDS]})["texts"]
        return found

    # for staff

    def themes(self, run_id: Id) -> dict[str, Any]:
        """{state, languages, statuses, themes} with the themes' words in all languages."""
        return self.get(f"/runs/{run_id}/themes")

    def word_theme(self, theme_id: Id, worded: dict[str, Any]) -> dict[str, Any]:
        return self.put(f"/themes/{theme_id}", worded)

    def queue(self, run_id: Id) -> dict[str, Any]:
        """{waiting, held, mine}."""
        return self.get(f"/runs/{run_id}/queue")

    def take_some(self, run_id: Id, how_many: int) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/claims", {"how_many": how_many})

    def put_back(self, run_id: Id) -> None:
        self.delete(f"/runs/{run_id}/claims")

    def decide(self, run_id: Id, decisions: list[dict[str, Any]]) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/decisions", {"decisions": decisions})

    def rejected(self, run_id: Id, after: str | None = None) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/rejected", after=after, limit=30)

    def reconsider(self, view_id: Id) -> None:
        self.post(f"/views/{view_id}/reconsideration")


survey = Survey()
