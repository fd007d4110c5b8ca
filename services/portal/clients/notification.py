"""Asks notification: what I wish to be told, the dates of a run, how far the telling has come, and our webhooks."""

from uuid import UUID

from services.portal.clients.identity import AsPortal
from services.portal.clients.typed import client
from shared.contracts.api.notification import Notification, Stop

notification = client(Notification)


def stop_mails(tenant: UUID, token: UUID) -> None:
    """Somebody who need not be signed in followed the stop link of a mail."""
    client(Notification, AsPortal(tenant)).stop(Stop(token=token))
