"""Forgets all data of this installation, after asking."""

import shutil
import sys
from pathlib import Path

from infra.backup.sealing import PRIVATE, PUBLIC
from infra.database.postgres import Postgres
from infra.kafka.broker import Kafka
from infra.keys.files import forget_the_living
from infra.one_machine.launcher import prepare
from infra.processes import lock
from infra.processes.process import end_leftovers, left_behind
from infra.trouble import sentence_for
from shared.settings import secrets, state_directory

OURS = (
    "postgres",
    "gateway",
    "kafka/data",
    "mailbox",
    "logs",
    "run",
    "files",
    "demonstration",
    "postgres.log",
    "parts",
    "secrets.json",
    "jwks.json",
    PRIVATE,
    PUBLIC,
    "launcher.json",
    "told.json",  # the note of the release before
)


def main(arguments: list[str]) -> int:
    home = state_directory()
    if not (home / "secrets.json").exists():
        print(f"There is nothing to forget in {home}.")
        return 0
    if "--yes" not in arguments and not agreed(home):
        print("Nothing was changed.")
        return 1
    try:
        prepare(home)
        with lock.hold(home):
            forget(home)
    except Exception as problem:
        print(sentence_for(problem, home), file=sys.stderr)
        return 1
    print("All data are forgotten. `make run` starts anew.")
    return 0


def agreed(home: Path) -> bool:
    print(f"This forgets everything in {home}: the database, mails, secrets. It cannot be undone.")
    try:
        return input("Write yes to go on: ").strip().lower() in ("yes", "y", "kyllä", "ja")
    except (EOFError, KeyboardInterrupt):
        return False


def forget(home: Path) -> None:
    """Deletes only what is ours: a state directory may be a folder with other things in it. Keys go, and the ledgers of those that were
    destroyed stay: a backup that is brought back here must not revive them."""
    end_leftovers(left_behind(home))
    if (home / "kafka" / "data").exists():
        Kafka(home, secrets()).stop()
    if (home / "postgres" / "PG_VERSION").exists():
        Postgres(home, secrets()).stop()
    for name in OURS:
        path = home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    forget_the_living()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
