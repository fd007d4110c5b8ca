"""Notification over HTTP."""

from services.notification.api.notices import notices
from services.notification.api.webhooks import webhooks

blueprints = [notices, webhooks]
