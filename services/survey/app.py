"""The survey service."""

from services.survey.api import views
from services.survey.asked_by_identity import taking_part
from services.survey.desk import desk
from shared.web import create_service


def create_app():
    return create_service("survey", [views, desk, taking_part])
