"""Webhooks over HTTP: an organisation's endpoints, what they hear of, and how it got there."""

from uuid import UUID, uuid4

from flask import g
from flask.views import MethodView
from sqlalchemy import select

from services.notification.models import Delivery, Webhook, WebhookChange
from services.notification.schemas import (
    ChangedWebhookSchema,
    DeliverySchema,
    LogArguments,
    LogSchema,
    OfferSchema,
    SentAgainSchema,
    ShownSecretSchema,
    SinceSchema,
    WebhookChangesSchema,
    WebhookSchema,
    WishedWebhookSchema,
)
from services.notification.webhooks.catalogue import catalogue, test_event
from services.notification.webhooks.models.webhook import IsNotOn
from shared.database import find
from shared.problems import NotFound
from shared.tenancy.sessions import current_tenant
from shared.web.acts import caller
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged
from shared.web.limits import limited
from shared.web.paging import PageArguments, page
from shared.web.service import open_to

ADMIN = "admin"
AT_MOST = 30  # in ten minutes, of each act that calls an endpoint: it may be anybody's
webhooks = Blueprint(
    "webhooks", __name__, description="Where an organisation's own systems hear what happens"
)


@webhooks.route("/webhooks")
class Webhooks(MethodView):
    @open_to(ADMIN)
    @webhooks.response(200, WebhookSchema(many=True))
    def get(self):
        """Our endpoints, the oldest first."""
        return Webhook.all_of_ours(g.session)

    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.arguments(WishedWebhookSchema)
    @webhooks.response(201, ShownSecretSchema)
    def post(self, wished: dict):
        """Register an endpoint; the answer holds its signing secret, this once."""
        webhook, secret = Webhook.register(**wished, by=caller().subject, session=g.session)
        return {"id": webhook.id, "secret": secret}


@webhooks.route("/webhooks/offers")
class Offers(MethodView):
    @open_to(ADMIN)
    @webhooks.response(200, OfferSchema(many=True))
    def get(self):
        """The events that may be chosen, in groups."""
        return catalogue()


@webhooks.route("/webhooks/changes")
class Changes(MethodView):
    @open_to(ADMIN)
    @webhooks.arguments(PageArguments, location="query")
    @webhooks.response(200, WebhookChangesSchema)
    def get(self, asked: dict):
        """Returns who did what to our endpoints, the latest first; also to those that are gone."""
        keys = (WebhookChange.made_at, WebhookChange.id)
        return page(g.session, select(WebhookChange), keys, **asked, newest_first=True)


@webhooks.route("/webhooks/<uuid:webhook_id>")
class OneWebhook(MethodView):
    @open_to(ADMIN)
    @webhooks.response(200, WebhookSchema)
    def get(self, webhook_id: UUID):
        """One endpoint."""
        return find(g.session, Webhook, webhook_id)

    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.arguments(ChangedWebhookSchema)
    @webhooks.response(200, WebhookSchema)
    def put(self, wished: dict, webhook_id: UUID):
        """Change its name, its address, or what it hears of."""
        webhook = Webhook.to_change(webhook_id, wished["address"], g.session)
        both = merged(wished, ChangedWebhookSchema, webhook)
        webhook.change(**both, by=caller().subject, session=g.session)
        return webhook

    @open_to(ADMIN)
    @webhooks.response(204)
    def delete(self, webhook_id: UUID):
        """Remove it, with its log."""
        find(g.session, Webhook, webhook_id).remove(caller().subject, g.session)


@webhooks.route("/webhooks/<uuid:webhook_id>/rotations")
class Rotations(MethodView):
    @open_to(ADMIN)
    @webhooks.response(201, ShownSecretSchema)
    def post(self, webhook_id: UUID):
        """A new signing secret; for a day the old one signs as well."""
        webhook = find(g.session, Webhook, webhook_id)
        return {"id": webhook.id, "secret": webhook.rotate(caller().subject, g.session)}


@webhooks.route("/webhooks/<uuid:webhook_id>/pauses")
class Pauses(MethodView):
    @open_to(ADMIN)
    @webhooks.response(204)
    def post(self, webhook_id: UUID):
        """Let what happens wait."""
        find(g.session, Webhook, webhook_id).pause(caller().subject, g.session)

    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.response(204)
    def delete(self, webhook_id: UUID):
        """Switch it on again: what has waited goes out."""
        if find(g.session, Webhook, webhook_id).resume(caller().subject, g.session):
            Delivery.begin_anew(webhook_id, g.session)


@webhooks.route("/webhooks/<uuid:webhook_id>/tests")
class Tests(MethodView):
    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.response(202, DeliverySchema)
    def post(self, webhook_id: UUID):
        """Send an event that says nothing, once; how it got there stands in the log."""
        webhook, event_id = find(g.session, Webhook, webhook_id), uuid4()
        if webhook.state != "on":
            raise IsNotOn
        body = test_event(str(event_id), str(current_tenant()), str(webhook.id))
        webhook.go(g.session)
        return Delivery.of_a_test(webhook, body, event_id, g.session)


@webhooks.route("/webhooks/<uuid:webhook_id>/deliveries")
class Log(MethodView):
    @open_to(ADMIN)
    @webhooks.arguments(LogArguments, location="query")
    @webhooks.response(200, LogSchema)
    def get(self, asked: dict, webhook_id: UUID):
        """Returns what went to an endpoint, the latest first."""
        find(g.session, Webhook, webhook_id)
        log = Delivery.log_of(webhook_id, asked["state"])
        keys = (Delivery.happened_at, Delivery.id)
        return page(g.session, log, keys, asked["after"], asked["limit"], newest_first=True)


@webhooks.route("/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/again")
class Again(MethodView):
    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.response(202, DeliverySchema)
    def post(self, webhook_id: UUID, delivery_id: UUID):
        """Send one of them once more, with the same webhook-id."""
        webhook, delivery = find(g.session, Webhook, webhook_id), find(g.session, Delivery, delivery_id)
        if delivery.webhook_id != webhook.id:
            raise NotFound
        delivery.again()
        webhook.asked_again(caller().subject, g.session)
        return delivery


@webhooks.route("/webhooks/<uuid:webhook_id>/again")
class AllAgain(MethodView):
    @open_to(ADMIN)
    @limited(person=AT_MOST)
    @webhooks.arguments(SinceSchema)
    @webhooks.response(202, SentAgainSchema)
    def post(self, asked: dict, webhook_id: UUID):
        """Send once more all that failed since a moment."""
        webhook = find(g.session, Webhook, webhook_id)
        webhook.asked_again(caller().subject, g.session)
        return {"deliveries": Delivery.again_since(webhook_id, asked["since"], g.session)}
