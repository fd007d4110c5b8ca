"""Lines on the terminal while Polku starts: one a step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step that may take long: on a terminal its name stands there while it works."""
        began = time.monotonic()
        if sys.stdout.isatty():
            print(f"  {name} ...", end="", flush=True)
        try:
            yield
        except BaseException:
            self.say("" if sys.stdout.isatty() else f"  {name}: failed")
            raise
        start_of_line = "\r" if sys.stdout.isatty() else ""
        self.say(f"{start_of_line}  {name:<34}{time.monotonic() - began:6.1f} s")

    def done(self, name: str) -> None:
        self.say(f"  {name + ' is ready':<34}{self.seconds:6.1f} s")

    def say(self, sentence: str) -> None:
        print(sentence, flush=True)
