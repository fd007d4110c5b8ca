"""The wiring of practice."""

from flask import Flask

from services.practice.api import outside, rules, teams
from shared.web import create_service


def create_app() -> Flask:
    return create_service("practice", [teams, rules, outside])
