"""The wiring of identity."""

from flask import Flask

from services.identity.api import blueprints
from services.identity.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("identity", blueprints, listeners)
