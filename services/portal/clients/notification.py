"""Asks notification: what I wish to be told, the dates of a run, how far the telling has come."""

from typing import Any
from uuid import UUID

import httpx2

from services.portal.clients.base import Client, ask
from shared.web.tokens import service_token

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

    def calendar_file(self, appointment_id: Id, title: str = "", place: str = "") -> httpx2.Response:
        payload = {"title": title, "place": place}
        return self.call("POST", f"/appointments/{appointment_id}/calendar", json=payload)

    def occasions(self, run_id: Id) -> list[dict[str, Any]]:
        """Returns what people have been told, the latest first, in numbers."""
        return self.get(f"/runs/{run_id}/occasions")

    def readers(self, edition_id: Id) -> dict[str, int]:
        """How many a launch of this edition would write to, and how many have got a mail of it."""
        return self.get(f"/editions/{edition_id}/readers")

    def invitation(
        self, run_id: Id, phase: str, activities: list[str], closes_at: str | None
    ) -> dict[str, Any]:
        """How many the opening of a phase would write to, and the mail in each language that they read."""
        path = f"/runs/{run_id}/invitation"
        return self.get(path, phase=phase, activities=activities, closes_at=closes_at)

    def audience(self, kind: str) -> int:
        """How many people a mail of this kind would go to now."""
        return self.get("/audience", kind=kind)["people"]

    # whom a mail did not reach

    def undelivered(self, after: str | None = None) -> dict[str, Any]:
        """A page of the mails that somebody did not get, person by person: items and next."""
        return self.get("/undelivered", after=after)

    def send_mail_again(self, notice_id: Id) -> None:
        self.post(f"/undelivered/{notice_id}/again")

    def send_all_mails_again(self) -> int:
        """Returns how many are on their way once more."""
        return self.post("/undelivered/again")["notices"]

    # an organisation's own endpoints

    def webhooks(self) -> list[dict[str, Any]]:
        return self.get("/webhooks")

    def webhook(self, webhook_id: Id) -> dict[str, Any]:
        return self.get(f"/webhooks/{webhook_id}")

    def webhook_offers(self) -> list[dict[str, Any]]:
        """The events that may be chosen: group and types."""
        return self.get("/webhooks/offers")

    def webhook_changes(self, **params: Any) -> dict[str, Any]:
        """A page of who did what to the endpoints, the latest first: items and next."""
        return self.get("/webhooks/changes", **params)

    def register_webhook(self, wished: dict[str, Any]) -> dict[str, str]:
        """Its id, and the signing secret that is shown this once."""
        return self.post("/webhooks", wished)

    def change_webhook(self, webhook_id: Id, wished: dict[str, Any]) -> None:
        self.put(f"/webhooks/{webhook_id}", wished)

    def remove_webhook(self, webhook_id: Id) -> None:
        self.delete(f"/webhooks/{webhook_id}")

    def rotate_webhook(self, webhook_id: Id) -> dict[str, str]:
        return self.post(f"/webhooks/{webhook_id}/rotations")

    def pause_webhook(self, webhook_id: Id) -> None:
        self.post(f"/webhooks/{webhook_id}/pauses")

    def resume_webhook(self, webhook_id: Id) -> None:
        self.delete(f"/webhooks/{webhook_id}/pauses")

    def test_webhook(self, webhook_id: Id) -> None:
        self.post(f"/webhooks/{webhook_id}/tests")

    def deliveries(self, webhook_id: Id, **params: Any) -> dict[str, Any]:
        """A page of the log, the latest first: items and next; narrowed by state."""
        return self.get(f"/webhooks/{webhook_id}/deliveries", **params)

    def send_again(self, webhook_id: Id, delivery_id: Id) -> None:
        self.post(f"/webhooks/{webhook_id}/deliveries/{delivery_id}/again")

    def send_failed_again(self, webhook_id: Id, since: str) -> int:
        return self.post(f"/webhooks/{webhook_id}/again", {"since": since})["deliveries"]


def stop_mails(tenant: UUID, token: UUID) -> None:
    """Somebody who need not be signed in followed the stop link of a mail."""
    headers = {"Authorization": f"Bearer {service_token('portal', 'notification', tenant)}"}
    ask("notification", "POST", "/stops", json={"token": str(token)}, headers=headers)


notification = Notification()
