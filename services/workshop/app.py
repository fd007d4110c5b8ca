"""The wiring of workshop."""

from flask import Flask

from services.workshop.api import blueprints
from services.workshop.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("workshop", blueprints, listeners)
