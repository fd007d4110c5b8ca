"""Notification over HTTP."""

from services.notification.mails.api.mail_server import mail_server
from services.notification.mails.api.notices import notices
from services.notification.mails.api.undelivered import undelivered
from services.notification.webhooks.api import webhooks

blueprints = [mail_server, notices, undelivered, webhooks]
