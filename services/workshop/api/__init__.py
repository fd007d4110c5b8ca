"""The workshop service over HTTP: find, ask the noun, answer."""

from services.workshop.api import asked_by_identity, boards, live, outcomes, questions, rounds, workshops

blueprints = [part.api for part in (questions, rounds, workshops, boards, outcomes, live, asked_by_identity)]
