"""Whom we tell, what there is to tell, each notice to each person, and the dates in everybody's calendar."""

from services.notification.base import Base
from services.notification.mails.models.appointment import Appointment
from services.notification.mails.models.mail_outage import MailOutage
from services.notification.mails.models.occasion import Notice, Occasion
from services.notification.mails.models.organisation import Organisation
from services.notification.mails.models.phase import Phase
from services.notification.mails.models.recipient import Recipient
from services.notification.webhooks.models.delivery import Delivery
from services.notification.webhooks.models.webhook import Webhook, WebhookChange

__all__ = [
    "Appointment",
    "Base",
    "Delivery",
    "MailOutage",
    "Notice",
    "Occasion",
    "Organisation",
    "Phase",
    "Recipient",
    "Webhook",
    "WebhookChange",
]
