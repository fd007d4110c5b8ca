"""The townhall's wiring."""

from flask import Flask

from services.townhall.api import halls, live, polls, questions
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("townhall", [halls, questions, polls, live])
