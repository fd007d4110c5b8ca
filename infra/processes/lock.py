"""One launcher at a time for one state directory; a launcher that was killed holds nothing."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from infra.trouble import CannotStart


class AlreadyRunning(CannotStart):
    def __init__(self, home: Path, pid: str) -> None:
        super().__init__(
            f"Polku already runs from {home} (process {pid or 'unknown'}). Use that one, or stop it with Ctrl-C "
            "first; a second one needs a POLKU_HOME and ports of its own."
        )


def hold(home: Path) -> TextIO:
    """Hold the state directory until the returned file is closed or this process ends, however it ends."""
    note = open(home / "launcher.lock", "a+")  # noqa: SIM115  (open for as long as the launcher lives)
    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note.seek(0)
        raise AlreadyRunning(home, note.read().strip()) from None
    note.truncate(0)
    note.write(str(os.getpid()))
    note.flush()
    return note
