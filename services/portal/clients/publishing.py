"""Asks publishing: the workbook as it is written, its editions and launch, what readers get, and the look."""

from typing import Any
from uuid import UUID

import httpx2

from services.portal.clients.base import Client, from_here
from services.portal.clients.typed import client
from shared.contracts.api.publishing_theming import Theming

Id = UUID | str


class Publishing(Client):
    service = "publishing"

    # writing

    def workbook(self, run_id: Id) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/workbook")

    def begin(self, run_id: Id, **facts: Any) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/workbook", facts)

    def rename(self, run_id: Id, facts: dict[str, Any]) -> dict[str, Any]:
        return self.patch(f"/runs/{run_id}/workbook", facts)

    def open_chapter(self, run_id: Id, title: str) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/chapters", {"title": title})

    def add_passage(self, run_id: Id, **new: Any) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/passages", new)

    def passage(self, passage_id: Id) -> dict[str, Any]:
        return self.get(f"/passages/{passage_id}")

    def save_passage(self, passage_id: Id, base_revision: int, block: dict[str, Any]) -> dict[str, Any]:
        return self.put(f"/passages/{passage_id}", {"base_revision": base_revision, "block": block})

    def move_passage(self, passage_id: Id, direction: str) -> dict[str, Any]:
        return self.post(f"/passages/{passage_id}/moves", {"direction": direction})

    def remove_passage(self, passage_id: Id) -> dict[str, Any]:
        return self.delete(f"/passages/{passage_id}")

    def restore_passage(self, passage_id: Id, revision: int) -> dict[str, Any]:
        return self.post(f"/passages/{passage_id}/restorations", {"revision": revision})

    def sources(self, run_id: Id, **narrowed: Any) -> list[dict[str, Any]]:
        return self.get(f"/runs/{run_id}/sources", **narrowed)

    def source(self, source_id: Id) -> dict[str, Any]:
        return self.get(f"/sources/{source_id}")

    def clear(self, passage_id: Id, revision: int, question: str, decision: str, note: str) -> dict[str, Any]:
        given = {"revision": revision, "question": question, "decision": decision, "note": note}
        return self.post(f"/passages/{passage_id}/clearings", given)

    def ask_for_review(self, run_id: Id) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/reviews")

    def approve(self, run_id: Id, version: int) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/approvals", {"version": version})

    def read_draft(self, run_id: Id) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/workbook/reading")

    def proof(self, run_id: Id, chapter: str | None, page: int) -> httpx2.Response:
        wanted = {"page": page} | ({"chapter": chapter} if chapter else {})
        return self.call("GET", f"/runs/{run_id}/workbook/proof.png", params=wanted)

    def draft(self, run_id: Id) -> httpx2.Response:
        return self.call("GET", f"/runs/{run_id}/workbook/draft.pdf", headers=from_here())

    # editions and launch

    def freeze(self, run_id: Id) -> dict[str, Any]:
        return self.post(f"/runs/{run_id}/editions")

    def print_again(self, edition_id: Id) -> dict[str, Any]:
        return self.post(f"/editions/{edition_id}/prints")

    def plan_launch(self, edition_id: Id, at: Any, **more: str) -> dict[str, Any]:
        return self.post(f"/editions/{edition_id}/launches", {"at": at, **more})

    def launch_now(self, edition_id: Id, **more: str) -> dict[str, Any]:
        return self.post(f"/editions/{edition_id}/launches", {"now": True, **more})

    def move_launch(self, launch_id: Id, moved: dict[str, Any]) -> dict[str, Any]:
        return self.patch(f"/launches/{launch_id}", moved)

    def withdraw_launch(self, launch_id: Id, reason: str) -> dict[str, Any]:
        return self.post(f"/launches/{launch_id}/withdrawal", {"reason": reason})

    def edition_on_paper(self, edition_id: Id, sheet: str) -> httpx2.Response:
        return self.call("GET", f"/editions/{edition_id}/{sheet}.pdf", headers=from_here())

    # reading

    def summary(self, run_id: Id) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/reading/summary")

    def read(self, run_id: Id, edition: int | None = None) -> dict[str, Any]:
        return self.get(f"/runs/{run_id}/reading", edition=edition)

    def pieces(self, run_id: Id) -> dict[str, Any]:
        """The principles and idea cards of the launched edition."""
        return self.get(f"/runs/{run_id}/reading/pieces")

    def where(self, run_id: Id, passage_id: Id) -> dict[str, Any]:
        """A passage in the newest edition that was launched with it."""
        return self.get(f"/runs/{run_id}/reading/passages/{passage_id}")

    def on_paper(self, run_id: Id, sheet: str) -> httpx2.Response:
        return self.call("GET", f"/runs/{run_id}/reading/{sheet}.pdf", headers=from_here())


publishing = Publishing()
theming = client(Theming)
