"""The workshop service's operations: find, ask the noun, answer."""

from services.workshop.api import (
    asked_by_identity,
    board_acts,
    facilitation,
    live,
    outcomes,
    questions,
    rounds,
    sessions,
)

blueprints = [
    part.api
    for part in (questions, rounds, sessions, facilitation, board_acts, outcomes, live, asked_by_identity)
]
