"""Asks notification: what I wish to be told, the dates of a run, how far the telling has come."""

from typing import Any
from uuid import UUID

import httpx

from services.portal.clients.base import Client, ask
from shared.tokens import service_token

Id = UUID | str


class Notification(Client):
    service = "notification"

    def wishes(self) -> dict[str, Any]:
        return self.get("/wishes")

    def wish(self, wishes: dict[str, Any]) -> None:
        self.put("/wishes", wishes)

    def appointments(self, run_id: Id) -> list[dict[str, Any]]:
        """The dates of a run, the earliest first."""
        return self.get(f"/runs/{run_id}/appointments")

    def calendar_file(self, appointment_id: Id) -> httpx.Response:
        return self.call("GET", f"/appointments/{appointment_id}/calendar")

    def occasions(self, run_id: Id) -> list[dict[str, Any]]:
        """What people have been told, the latest first, in numbers."""
        return self.get(f"/runs/{run_id}/occasions")


def stop_mails(tenant: UUID, token: UUID) -> None:
    """Somebody who need not be signed in followed the stop link of a mail."""
    headers = {"Authorization": f"Bearer {service_token('portal', 'notification', tenant)}"}
    ask("notification", "POST", "/stops", json={"token": str(token)}, headers=headers)


notification = Notification()
