"""The workshop service over HTTP: find, ask the noun, answer."""

from services.workshop.api import asked_by_identity, board_acts, live, outcomes, questions, rounds, workshops

blueprints = [
    part.api for part in (questions, rounds, workshops, board_acts, outcomes, live, asked_by_identity)
]
