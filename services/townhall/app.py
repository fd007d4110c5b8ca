"""The wiring of townhall."""

from flask import Flask

from services.townhall.api import blueprints
from services.townhall.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("townhall", blueprints, listeners)
