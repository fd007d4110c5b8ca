"""Offers of what a person can do now: each area makes its own, the home page puts the most useful one first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Offer:
    """One thing that a person can do now, and what it takes."""

    title: str
    text: str
    url: str
    action: str  # what the button says
    minutes: int | None = None
    closes_at: datetime | None = None
    done: int = 0
    goal: int | None = None
    order: int = 50

    @property
    def is_finished(self) -> bool:
        return self.goal is not None and self.done >= self.goal


def most_useful_first(offers: Iterable[Offer]) -> list[Offer]:
    """Unfinished before finished; then as the areas order them; then what closes first."""
    return sorted(offers, key=lambda offer: (offer.is_finished, offer.order, _when(offer)))


def _when(offer: Offer) -> float:
    return offer.closes_at.timestamp() if offer.closes_at else float("inf")
