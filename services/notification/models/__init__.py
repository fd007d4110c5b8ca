"""Whom we tell, what there is to tell, each notice to each person, and the dates in everybody's calendar."""

from services.notification.models.appointment import Appointment
from services.notification.models.base import Base
from services.notification.models.delivery import Delivery
from services.notification.models.mail_outage import MailOutage
from services.notification.models.occasion import Notice, Occasion
from services.notification.models.organisation import Organisation
from services.notification.models.phase import Phase
from services.notification.models.recipient import Recipient
from services.notification.models.webhook import Webhook, WebhookChange

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
