"""The standard library's debugger, in the terminal of `make dev DEBUG=voting`: at `breakpoint()`, and where that service fails."""

import logging
import pdb  # noqa: T100  (what this module is for)
import sys
import termios
from types import TracebackType

from infra.processes.process import ROOT
from shared.settings import setting


def is_debugged() -> bool:
    """Whether this process has the terminal."""
    return setting("DEBUG", "") not in ("", "worker") and sys.stdin.isatty()


class Terminal:
    """How the terminal was; a debugger that is ended with its process leaves it otherwise."""

    def __init__(self) -> None:
        self.was = termios.tcgetattr(sys.stdin) if sys.stdin.isatty() else None

    def as_it_was(self) -> None:
        if self.was:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self.was)


def stop_where_it_fails() -> None:
    logging.getLogger().addHandler(PostMortem(setting("DEBUG")))


class PostMortem(logging.Handler):
    """Opens the debugger on whatever is written down as a failure, when the code of one service was on its way: there it
    happened, and its variables can still be looked at."""

    def __init__(self, service: str) -> None:
        super().__init__(logging.ERROR)
        self.folder = str(ROOT / "services" / service) + "/"

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and (trace := record.exc_info[2]) and self.concerns(trace):
            print(f"\n{record.exc_info[0].__name__ if record.exc_info[0] else ''}: {record.exc_info[1]}")
            pdb.post_mortem(trace)

    def concerns(self, trace: TracebackType) -> bool:
        step: TracebackType | None = trace
        while step:
            if step.tb_frame.f_code.co_filename.startswith(self.folder):
                return True
            step = step.tb_next
        return False
