"""The nouns of voting: a ballot a run, views as heard, a sealed hand of cards for every reader, and the result."""

from services.voting.models.ballot import Ballot, Release
from services.voting.models.base import Base
from services.voting.models.hand import Hand
from services.voting.models.lying import Lying
from services.voting.models.result import Place, Seat
from services.voting.models.view import Standing, Theme, View

__all__ = ["Ballot", "Base", "Hand", "Lying", "Place", "Release", "Seat", "Standing", "Theme", "View"]
