"""The wiring of voting."""

from flask import Flask

from services.voting.api import blueprints
from services.voting.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("voting", blueprints, listeners)
