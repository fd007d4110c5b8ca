"""A round to one endpoint: what waits for it goes out, one after the other, as long as all goes well.

Nothing is locked while we call. What was sent is marked in a transaction of its own right after; a kill between the
two sends it once more with the same webhook-id, by which the receiver knows it.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notification.models import Delivery, Webhook
from services.notification.webhooks.catalogue import CONTENT_TYPE
from services.notification.webhooks.http_client import Answer, call
from services.notification.webhooks.signing import signed_headers
from shared.database import worker_sessions_of

SECONDS_A_ROUND = 8.0


@dataclass(frozen=True)
class DeliveryRequest:
    """The data of a call, so that no session is open while it lasts."""

    delivery_id: UUID
    event_id: UUID
    address: str
    body: bytes
    secrets: list[bytes]


def deliver(webhook_id: UUID) -> datetime | None:
    """Call an endpoint with what waits for it; when to come back, None when nothing waits."""
    if take(webhook_id):
        until = time.monotonic() + SECONDS_A_ROUND
        while (request := next_request(webhook_id)) and mark(request, send(request)):
            if time.monotonic() > until:
                break
        let_go(webhook_id)
    return next_moment(webhook_id)


def take(webhook_id: UUID) -> bool:
    with worker_sessions_of("notification").begin() as session:
        return Webhook.take(webhook_id, session)


def next_request(webhook_id: UUID) -> DeliveryRequest | None:
    with worker_sessions_of("notification").begin() as session:
        webhook = the_webhook(webhook_id, session)
        if webhook is None or not webhook.may_be_called:
            return None
        delivery = Delivery.next_of(webhook_id, session)
        if delivery is None:
            return None
        return DeliveryRequest(
            delivery.id, delivery.event_id, webhook.address, delivery.body, webhook.secrets
        )


def send(request: DeliveryRequest) -> Answer:
    headers = signed_headers(request.event_id, datetime.now(UTC), request.body, request.secrets)
    headers |= {"Content-Type": CONTENT_TYPE, "User-Agent": "Polku", "Connection": "close"}
    return call(request.address, headers, request.body)


def mark(request: DeliveryRequest, answer: Answer) -> bool:
    """Whether to go on with the next one."""
    with worker_sessions_of("notification").begin() as session:
        delivery = session.scalars(select(Delivery).filter_by(id=request.delivery_id)).one_or_none()
        if delivery is None:  # the endpoint was removed meanwhile
            return False
        delivery.was_tried(answer)
        webhook = the_webhook(delivery.webhook_id, session)
        if webhook and (answer.wants_no_more or not delivery.is_test):
            webhook.answered(answer, session)
        return answer.is_good


def let_go(webhook_id: UUID) -> None:
    with worker_sessions_of("notification").begin() as session:
        if webhook := the_webhook(webhook_id, session):
            webhook.busy_until = None


def next_moment(webhook_id: UUID) -> datetime | None:
    with worker_sessions_of("notification").begin() as session:
        webhook = the_webhook(webhook_id, session)
        due_at = Delivery.next_moment(webhook_id, session)
        if webhook is None or webhook.state != "on" or due_at is None:
            return None
        return max(moment for moment in (due_at, webhook.rests_until, webhook.busy_until) if moment)


def the_webhook(id: UUID, session: Session) -> Webhook | None:
    return session.scalars(select(Webhook).filter_by(id=id)).one_or_none()
