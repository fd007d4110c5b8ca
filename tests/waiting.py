"""Waiting for what will come true, and no longer."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 120.0  # nobody waits so long, but on a machine that others keep busy


def until(condition: Callable[[], Any], patience: float = PATIENCE_SECONDS, look_every: float = 0.02) -> Any:
    """Wait for something that will come true; what it was when it did."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(look_every)
    return found
