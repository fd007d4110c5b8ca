"""Voting's operations, as shared/contracts/api/voting.py and voting_results.py declare them."""

from services.voting.api.answering import decks
from services.voting.api.asked_by_identity import taking_part
from services.voting.api.ballots import ballots
from services.voting.api.results import results

blueprints = [decks, ballots, results, taking_part]
