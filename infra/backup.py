"""`python -m infra.backup FOLDER`: everything that Polku's database holds, as it stood in one moment, into a new folder.

Polku may run meanwhile. Rows, outbox, log, positions and inboxes are of the same moment, so nothing is told or handled
twice after a restore. The secrets are not in it: without the vault key nobody's name can be read, so that a stolen
backup tells little, and a backup without its secrets restores little. `--secrets OTHER_FOLDER` copies them elsewhere.
"""

import argparse
import hashlib
import hmac
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from infra.census import SCHEMAS, census, counters
from infra.dumping import Server, run, the_server, what_to_say
from infra.progress import Progress
from infra.secrets import write as write_privately
from infra.secrets.sharing import folder_of_parts
from infra.trouble import CannotStart
from shared.observability.gauges import LAST_BACKUP
from shared.settings import secrets, setting, state_directory

DUMP, MANIFEST, FORM = "polku.dump", "manifest.json", 1
SECRET_FILES = ("secrets.json", "jwks.json")


class NotANewFolder(CannotStart):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is there already. Name a folder that is not: one backup, one folder.")


class OnlyTheBackup(CannotStart):
    def __init__(self, folder: Path, lacks: str, problem: OSError) -> None:
        super().__init__(f"The backup is in {folder}, and it is whole. But {lacks}: {problem}.")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.backup", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder that is not there yet")
    parser.add_argument("--secrets", type=Path, help="another folder, for the secrets; keep it elsewhere")
    chosen = parser.parse_args(arguments)
    try:
        back_up(chosen.folder, Progress())
        if chosen.secrets:
            with the_backup_being_there(chosen.folder, f"its secrets are not all in {chosen.secrets}"):
                copy_secrets(chosen.secrets)
    except OnlyTheBackup as problem:
        print(problem, file=sys.stderr)
        return 1
    except (CannotStart, OSError, psycopg.Error) as problem:
        print(f"Nothing was backed up. {what_to_say(problem, chosen.folder)}", file=sys.stderr)
        return 1
    print(f"The backup is in {chosen.folder}. {where_the_secrets_are(chosen.secrets)}")
    return 0


def back_up(folder: Path, progress: Progress) -> dict[str, Any]:
    """Whole or not at all: a folder of that name is a finished backup."""
    if folder.exists():
        raise NotANewFolder(folder)
    half = folder.with_name(folder.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    try:
        with the_server() as server:
            manifest = write(server, half, progress)
        (half / MANIFEST).write_text(json.dumps(manifest, indent=1))
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    with the_backup_being_there(folder, "the alarm about old backups could not be told of it"):
        note_it(manifest)
    return manifest


@contextmanager
def the_backup_being_there(folder: Path, lacks: str) -> Iterator[None]:
    """What fails from here on takes nothing back."""
    try:
        yield
    except OSError as problem:
        raise OnlyTheBackup(folder, lacks, problem) from problem


def write(server: Server, folder: Path, progress: Progress) -> dict[str, Any]:
    """The dump, and what was in the database at its moment: one exported snapshot serves both."""
    began = datetime.now(UTC)
    with server.connect(autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = first(connection, "SELECT pg_export_snapshot()")
        with progress.step("counting what is there"):
            found, numbers, about = census(connection), counters(connection), standing(connection)
        with progress.step(f"writing {len(found)} tables"):
            dump(server, folder / DUMP, snapshot, len(found))
    with progress.step("sealing"):
        seal = digest(folder / DUMP)
    written = {"dump": DUMP, "bytes": (folder / DUMP).stat().st_size, "sha256": seal}
    when = {"began": began.isoformat(), "finished": datetime.now(UTC).isoformat()}
    return {
        "form": FORM,
        **when,
        **written,
        **about,
        "vault": marks_of_the_vault(),
        "tables": found,
        "counters": numbers,
    }


def dump(server: Server, path: Path, snapshot: str, tables: int) -> None:
    ours = [argument for schema in SCHEMAS for argument in ("--schema", schema)]
    done: list[str] = []

    def show(table: str) -> None:
        done.append(table)
        if sys.stdout.isatty():
            print(f"\r  writing {len(done)} of {tables}: {table:<40}", end="", flush=True)

    arguments = [
        "--format=custom",
        f"--snapshot={snapshot}",
        "--lock-wait-timeout=60s",
        "--no-unlogged-table-data",
        f"--file={path}",
    ]
    run(server, "pg_dump", [*arguments, *ours, f"--dbname={server.database}"], show)


def standing(connection: psycopg.Connection) -> dict[str, Any]:
    """Which versions the tables have, and which road the events travel."""
    versions = {}
    for schema in SCHEMAS:
        if first(connection, f"SELECT to_regclass('{schema}.schema_version') IS NOT NULL"):
            versions[schema] = first(connection, f"SELECT version_num FROM {schema}.schema_version")
    road = first(connection, "SELECT name FROM bus.road") or "postgres"
    server = first(connection, "SHOW server_version")
    return {"versions": versions, "road": road, "server": server}


def first(connection: psycopg.Connection, question: str) -> Any:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def marks_of_the_vault(group: str = "vault") -> list[str]:
    """Tells one vault key from another, and nothing about any; `group` may be those that a rotation has retired."""
    return sorted({mark_of(key) for keys in secrets().get(group, {}).values() for key in keys})


def mark_of(key: str) -> str:
    return hmac.digest(key.encode(), b"which vault a backup belongs to", "sha256").hex()[:16]


def note_it(manifest: dict[str, Any]) -> None:
    """For the alarm about old backups."""
    home, note = state_directory(), {"finished": time.time(), "bytes": manifest["bytes"]}
    home.mkdir(parents=True, exist_ok=True)
    for folder in (
        home,
        *folder_of_parts(home).glob("*-worker"),
    ):  # in containers each sees its own folder alone
        write_privately(folder / LAST_BACKUP, note)


def copy_secrets(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, source in zip(SECRET_FILES, paths_of_secrets(), strict=True):
        target = folder / name
        target.touch(mode=0o600)
        target.write_bytes(source.read_bytes())


def paths_of_secrets() -> tuple[Path, Path]:
    home = state_directory()
    return Path(setting("SECRETS", str(home / "secrets.json"))), Path(
        setting("JWKS", str(home / "jwks.json"))
    )


def where_the_secrets_are(copied_to: Path | None) -> str:
    if copied_to:
        return f"Its secrets are in {copied_to}: keep them apart from it, and as long as it."
    return (
        f"Its secrets are not in it: keep {' and '.join(map(str, paths_of_secrets()))} elsewhere, and as long. "
        "Without that vault key no name in the backup can be read again."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
