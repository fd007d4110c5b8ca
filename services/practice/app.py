"""The wiring of practice."""

from flask import Flask

from services.practice.api import blueprints
from services.practice.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("practice", blueprints, listeners)
