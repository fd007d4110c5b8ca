"""The nouns of practice."""

from services.practice.models.agreement import Agreement, Clause, Version
from services.practice.models.base import Base
from services.practice.models.ground import Ground, IdeaCard, Principle
from services.practice.models.round import Round, Voice
from services.practice.models.table import CardOnTable, PrincipleNotice
from services.practice.models.team import Membership, Team

__all__ = [
    "Agreement",
    "Base",
    "CardOnTable",
    "Clause",
    "Ground",
    "IdeaCard",
    "Membership",
    "Principle",
    "PrincipleNotice",
    "Round",
    "Team",
    "Version",
    "Voice",
]
