"""The wiring of lineage."""

from flask import Flask

from services.lineage.api import blueprints
from services.lineage.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("lineage", blueprints, listeners)
