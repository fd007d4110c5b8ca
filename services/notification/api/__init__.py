"""Notification over HTTP."""

from services.notification.api.mail_server import mail_server
from services.notification.api.notices import notices
from services.notification.api.undelivered import undelivered
from services.notification.api.webhooks import webhooks

blueprints = [mail_server, notices, undelivered, webhooks]
