"""Problems that keep Polku from starting, as sentences with the remedy."""

import errno
import os
import shutil
from pathlib import Path

ENOUGH_SPACE = 300 * 1024 * 1024


class CannotStart(Exception):
    """A sentence for the person at the keyboard: what is wrong and what to do."""


class DiskFull(CannotStart):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The disk that holds {folder} is full. Free at least {ENOUGH_SPACE // 2**20} MB, "
            "or keep the data elsewhere: POLKU_HOME=/another/folder make run."
        )


class MayNotWrite(CannotStart):
    def __init__(self, path: str | os.PathLike) -> None:
        super().__init__(
            f"{path} may not be written by you. Start as the one who made it, "
            "or keep the data elsewhere: POLKU_HOME=/another/folder make run."
        )


def sentence_for(problem: Exception, home: Path) -> str:
    """Returns the sentence for the person; anything unforeseen says where its details are."""
    if isinstance(problem, CannotStart):
        return str(problem)
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return str(DiskFull(home))
    if isinstance(problem, PermissionError | NotADirectoryError | FileExistsError):
        return str(MayNotWrite(problem.filename or home))
    return f"Polku could not start: {problem or type(problem).__name__}. The details are in {home / 'logs'}."


def check_space(folder: Path) -> None:
    if shutil.disk_usage(folder).free < ENOUGH_SPACE:
        raise DiskFull(folder)
