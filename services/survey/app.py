"""The wiring of survey."""

from flask import Flask

from services.survey.api import blueprints
from services.survey.listeners import listeners
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("survey", blueprints, listeners)
