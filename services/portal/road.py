"""The agreed path as pages show it: a few steps, where we are, and one sentence about now."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One dot of the path."""

    label: str
    state: str  # done | current | skipped | coming
    url: str | None = None


@dataclass(frozen=True)
class Road:
    """The dots of a run's path and the sentence under them."""

    steps: tuple[Step, ...]
    now: str
