"""The wiring of publishing."""

from flask import Flask

from services.publishing.api import blueprints
from services.publishing.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("publishing", blueprints, listeners)
