"""Voting's operations, as shared/contracts/api/voting.py declares them."""

from services.voting.api.answering import ballots, decks, results
from services.voting.api.asked_by_identity import taking_part

blueprints = [decks, ballots, results, taking_part]
