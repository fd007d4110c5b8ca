"""The lineage service."""

from services.lineage.api import threads
from shared.web.service import create_service


def create_app():
    return create_service("lineage", [threads])
