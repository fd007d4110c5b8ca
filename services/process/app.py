"""The wiring of process."""

from flask import Flask

from services.process.api import blueprints
from services.process.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("process", blueprints, listeners)
