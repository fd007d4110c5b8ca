"""The wiring of notification."""

from flask import Flask

from services.notification.api import blueprints
from services.notification.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("notification", blueprints, listeners)
