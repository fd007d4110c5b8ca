"""What voting is about: a ballot a run, views as heard, a hand of cards for every reader, and the result."""

from services.voting.models.ballot import Ballot, Release
from services.voting.models.base import Base
from services.voting.models.card import Card
from services.voting.models.hand import Hand
from services.voting.models.result import Place, Seat
from services.voting.models.view import Tally, Theme, View

__all__ = ["Ballot", "Base", "Card", "Hand", "Place", "Release", "Seat", "Tally", "Theme", "View"]
