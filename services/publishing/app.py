"""Wiring of publishing."""

from flask import Flask

from services.publishing.api import writing
from services.publishing.reading import reading
from services.publishing.theming import theming
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("publishing", [writing, reading, theming])
