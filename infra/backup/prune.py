"""`python -m infra.backup prune FOLDER`: deletes the backups below a folder that have had their days."""

import argparse
import json
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from infra.backup.create import HALF, MANIFEST
from shared.settings import backup_days


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.backup prune", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder in which the backups lie, each a folder")
    folder = parser.parse_args(arguments).folder
    try:
        gone = prune_below(folder, datetime.now(UTC).date())
    except OSError as problem:
        print(f"Not everything could be pruned: {problem}.", file=sys.stderr)
        return 1
    for backup in gone:
        print(f"{backup} is gone.")
    print(f"{len(gone)} backups were {backup_days()} days old.")
    return 0


def prune_below(folder: Path, today: date) -> list[Path]:
    """Deletes the backups below a folder that are POLKU_BACKUP_DAYS old, and what a backup that was cut off has left. Returns
    which."""
    kept = {path: day_of(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    gone = [path for path, day in kept.items() if day and day + timedelta(days=backup_days()) <= today]
    for path in gone:
        shutil.rmtree(path)
    return gone


def day_of(folder: Path) -> date | None:
    """Returns the day of a backup, or of one that was cut off; None where the folder is something else."""
    if folder.name.endswith(HALF):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC).date()
    try:
        return datetime.fromisoformat(json.loads((folder / MANIFEST).read_text())["finished"]).date()
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
