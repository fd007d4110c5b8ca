"""The survey service."""

from services.survey.api import blueprints
from services.survey.asked_by_identity import taking_part
from shared.web.service import create_service


def create_app():
    return create_service("survey", [*blueprints, taking_part])
