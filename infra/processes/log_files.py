"""The files that processes write their lines into: turned over each day, and deleted when they are as old as a backup may be.

A process keeps its file open for as long as it lives, so the lines are copied into a file of their day and the open one is emptied:
everybody appends, and goes on at its beginning. A line that falls between copying and emptying is lost.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shared.settings import backup_days

log = logging.getLogger(__name__)


class LogFiles:
    """The log files of the installation in `home`; `look` may be called as often as one likes, and does something once a day."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.note = home / "run" / "logs-since"  # the day on which the open files begin
        self._looked: date | None = None

    def look(self, today: date | None = None) -> None:
        today = today or datetime.now(UTC).date()
        if today == self._looked:
            return
        self._looked = today
        try:
            self.turn_over(today)
        except OSError:
            log.exception("logs could not be turned over; tomorrow's look does it")

    def turn_over(self, today: date) -> None:
        since = self.since
        if since and since < today:
            for path in self.open_files():
                set_aside(path, since)
        if since != today:
            self.note.write_text(today.isoformat())
        self.delete_the_old(today)

    @property
    def since(self) -> date | None:
        with suppress(FileNotFoundError, ValueError):
            return date.fromisoformat(self.note.read_text())
        return None

    def open_files(self) -> Iterator[Path]:
        yield from sorted((self.home / "logs").glob("*.log"))
        yield from (path for path in self.beside if path.exists())

    @property
    def beside(self) -> tuple[Path, ...]:
        return self.home / "postgres.log", self.home / "kafka" / "broker.log"

    def delete_the_old(self, today: date) -> None:
        """By the day on which a file's first line was written; of one that grew too long, by that of its last."""
        folders = [self.home / "logs", *(path.parent for path in self.beside)]
        for path in [path for folder in folders for path in folder.glob("*.log.*")]:
            if day_of(path) + timedelta(days=backup_days()) <= today:
                path.unlink()


def set_aside(path: Path, day: date) -> None:
    """Adds to what was set aside of that day already."""
    if not path.stat().st_size:
        return
    aside = path.with_name(f"{path.name}.{day.isoformat()}")
    with path.open("rb+") as lines, aside.open("ab") as kept:
        shutil.copyfileobj(lines, kept)
        lines.truncate(0)


def day_of(path: Path) -> date:
    with suppress(ValueError):
        return date.fromisoformat(path.suffix.removeprefix("."))
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
