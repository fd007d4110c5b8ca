"""The events of notification: that a notice went out, and that an endpoint of webhooks changed, by ids only."""

from uuid import UUID

from shared.messaging.events import Event, event


@event("notification.notice")
class NoticeSent(Event, frozen=True, kw_only=True):
    """A person was told something; what it said is not repeated here."""

    notice_id: UUID
    member_id: UUID
    kind: str
    run_id: UUID | None = None


@event("notification.webhook")
class WebhookChanged(Event, frozen=True, kw_only=True):
    """An endpoint that hears what happens was registered, changed, paused, resumed or removed, got another secret, was sent something
    again, or was switched off."""

    webhook_id: UUID
    what: str
    by_id: UUID | None = None


@event("notification.tenant")
class NotificationForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with notification: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None
