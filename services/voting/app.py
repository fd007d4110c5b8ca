"""Wiring of the voting service."""

from flask import Flask

from services.voting.api import ballots, decks, results
from services.voting.asked_by_identity import taking_part
from shared.web.service import create_service


def create_app() -> Flask:
    return create_service("voting", [decks, ballots, results, taking_part])
