"""The wiring of practice."""

from flask import Flask

from services.practice.api.outside import outside
from services.practice.api.rules import rules
from services.practice.api.teams import teams
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("practice", [teams, rules, outside])
