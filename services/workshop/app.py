"""The workshop service, put together."""

from flask import Flask

from services.workshop.api import asked_by_identity, boards, live, outcomes, questions, rounds, workshops
from shared.web.service import create_service


def create_app() -> Flask:
    doors = (questions, rounds, workshops, boards, outcomes, live, asked_by_identity)
    return create_service("workshop", [door.api for door in doors])
