"""Counts and times of a walk, by dotted names such as "votes.cast"."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Figures:
    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}

    def __setitem__(self, name: str, figure: Any) -> None:
        self.figures[name] = figure

    def __getitem__(self, name: str) -> Any:
        return self.figures[name]

    def add(self, name: str, amount: int = 1) -> None:
        self.figures[name] = self.figures.get(name, 0) + amount

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[step] = round(time.monotonic() - began, 2)
