"""Webhooks: an organisation's endpoints, what they hear of, and how it got there."""

from uuid import UUID, uuid4

from sqlalchemy import select

from services.notification.models import Delivery, Webhook, WebhookChange
from services.notification.webhooks.catalogue import catalogue, test_event
from services.notification.webhooks.models.webhook import IsNotOn
from shared.contracts.api import notification as shapes
from shared.contracts.api.notification import Notification
from shared.database import find
from shared.problems import NotFound
from shared.tenancy.sessions import current_tenant
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import limited
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves
from shared.web.shapes import shape_of

AT_MOST = 30  # in ten minutes, of each act that calls an endpoint: it may be anybody's
webhooks = Blueprint(
    "webhooks", __name__, description="Where an organisation's own systems hear what happens"
)


def with_id(webhook_id: UUID) -> Webhook:
    return find(session(), Webhook, webhook_id)


@serves(webhooks, Notification.webhooks)
def all_of_ours() -> list[shapes.Webhook]:
    return [shape_of(shapes.Webhook, webhook) for webhook in Webhook.all_of_ours(session())]


@serves(webhooks, Notification.register_webhook)
@limited(person=AT_MOST)
def register(wished: shapes.WishedWebhook) -> shapes.ShownSecret:
    webhook, secret = Webhook.register(
        wished.name, wished.address, wished.types, by=caller().subject, session=session()
    )
    return shapes.ShownSecret(id=webhook.id, secret=secret)


@serves(webhooks, Notification.webhook_offers)
def offers() -> list[shapes.Offer]:
    return catalogue()


@serves(webhooks, Notification.webhook_changes)
def changes(after: str | None = None, limit: int = USUAL_PAGE) -> shapes.WebhookChanges:
    keys = (WebhookChange.made_at, WebhookChange.id)
    found = page(session(), select(WebhookChange), keys, after, limit, newest_first=True)
    return shape_of(shapes.WebhookChanges, found)


@serves(webhooks, Notification.webhook)
def one(webhook_id: UUID) -> shapes.Webhook:
    return shape_of(shapes.Webhook, with_id(webhook_id))


@serves(webhooks, Notification.change_webhook)
@limited(person=AT_MOST)
def change(webhook_id: UUID, wished: shapes.ChangedWebhook) -> shapes.Webhook:
    webhook = Webhook.to_change(webhook_id, wished.address, session())
    both = merged_struct(wished, webhook)
    webhook.change(**both, by=caller().subject, session=session())
    return shape_of(shapes.Webhook, webhook)


@serves(webhooks, Notification.remove_webhook)
def remove(webhook_id: UUID) -> None:
    with_id(webhook_id).remove(caller().subject, session())


@serves(webhooks, Notification.rotate_webhook)
def rotate(webhook_id: UUID) -> shapes.ShownSecret:
    webhook = with_id(webhook_id)
    return shapes.ShownSecret(id=webhook.id, secret=webhook.rotate(caller().subject, session()))


@serves(webhooks, Notification.pause_webhook)
def pause(webhook_id: UUID) -> None:
    with_id(webhook_id).pause(caller().subject, session())


@serves(webhooks, Notification.resume_webhook)
@limited(person=AT_MOST)
def resume(webhook_id: UUID) -> None:
    if with_id(webhook_id).resume(caller().subject, session()):
        Delivery.begin_anew(webhook_id, session())


@serves(webhooks, Notification.test_webhook)
@limited(person=AT_MOST)
def test(webhook_id: UUID) -> shapes.Delivery:
    webhook, event_id = with_id(webhook_id), uuid4()
    if webhook.state != "on":
        raise IsNotOn
    body = test_event(str(event_id), str(current_tenant()), str(webhook.id))
    webhook.go()
    return as_told(Delivery.of_a_test(webhook, body, event_id, session()))


@serves(webhooks, Notification.deliveries)
def log(
    webhook_id: UUID, after: str | None = None, limit: int = USUAL_PAGE, state: str | None = None
) -> shapes.Deliveries:
    with_id(webhook_id)
    keys = (Delivery.happened_at, Delivery.id)
    found = page(session(), Delivery.log_of(webhook_id, state), keys, after, limit, newest_first=True)
    return shape_of(shapes.Deliveries, found)


@serves(webhooks, Notification.send_again)
@limited(person=AT_MOST)
def send_again(webhook_id: UUID, delivery_id: UUID) -> shapes.Delivery:
    webhook, delivery = with_id(webhook_id), find(session(), Delivery, delivery_id)
    if delivery.webhook_id != webhook.id:
        raise NotFound
    delivery.again()
    webhook.asked_again(caller().subject, session())
    return as_told(delivery)


@serves(webhooks, Notification.send_failed_again)
@limited(person=AT_MOST)
def send_failed_again(webhook_id: UUID, asked: shapes.Since) -> shapes.SentAgain:
    with_id(webhook_id).asked_again(caller().subject, session())
    return shapes.SentAgain(deliveries=Delivery.again_since(webhook_id, asked.since, session()))


def as_told(delivery: Delivery) -> shapes.Delivery:
    session().flush()
    return shape_of(shapes.Delivery, delivery)
