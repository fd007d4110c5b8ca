"""The process service's wiring."""

from services.process.api import pages
from shared.web.service import create_service


def create_app():
    return create_service("process", [pages])
