"""`python -m infra.backup FOLDER`: everything that Polku's database holds, as it stood in one moment, and the keys of runs, into a
new folder.

Polku may run meanwhile. Rows, outbox, log, positions and inboxes are of the same moment, so nothing is told or handled
twice after a restore. Dump and keys are two files, each sealed to the public key of backups (infra/backup/sealing.py), so that they can lie
in two places. The secrets are not in it, nor is the private key that opens it. `--secrets OTHER_FOLDER` copies them elsewhere.
"""

import argparse
import hmac
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg

from infra.backup.sealing import PRIVATE, ensure_backup_key, seal
from infra.backup.table_checksums import SCHEMAS, checksums, counters
from infra.database.dumping import Server, dump_to, the_server, what_to_say
from infra.keys import files as key_files
from infra.progress import Progress
from infra.secrets import write as write_privately
from infra.secrets.sharing import folder_of_processes
from infra.trouble import CannotStart
from shared.messaging.gauges import LAST_BACKUP
from shared.migrations.anew import WHILE_TABLES_STAND
from shared.settings import secrets, setting, state_directory

MANIFEST, FORM = "manifest.json", 2
DUMP, KEYS, CONTENTS = "polku.dump.age", "keys.tar.age", "contents.json.age"
HALF = ".half"
SECRET_FILES = ("secrets.json", "jwks.json", PRIVATE)


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
        manifest = back_up(chosen.folder, Progress())
        if chosen.secrets:
            with the_backup_being_there(chosen.folder, f"its secrets are not all in {chosen.secrets}"):
                copy_secrets(chosen.secrets)
    except OnlyTheBackup as problem:
        print(problem, file=sys.stderr)
        return 1
    except (CannotStart, OSError, psycopg.Error) as problem:
        print(f"Nothing was backed up. {what_to_say(problem, chosen.folder)}", file=sys.stderr)
        return 1
    print(
        f"The backup is in {chosen.folder}, with {manifest['keys']} keys of runs. {where_the_secrets_are(chosen.secrets)}"
    )
    return 0


def back_up(folder: Path, progress: Progress) -> dict[str, Any]:
    """Whole or not at all: a folder of that name is a finished backup."""
    if folder.exists():
        raise NotANewFolder(folder)
    half = folder.with_name(folder.name + HALF)
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True, mode=0o700)
    try:
        with the_server() as server:
            manifest = write(server, half, progress)
        (half / MANIFEST).write_text(json.dumps(manifest, indent=1))
        half.rename(folder)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    with the_backup_being_there(folder, "the alert about old backups could not be told of it"):
        note_it(manifest)
    return manifest


@contextmanager
def the_backup_being_there(folder: Path, lacks: str) -> Iterator[None]:
    """Raises OnlyTheBackup for a failure from here on: the backup is there, and nothing is taken back."""
    try:
        yield
    except OSError as problem:
        raise OnlyTheBackup(folder, lacks, problem) from problem


def write(server: Server, folder: Path, progress: Progress) -> dict[str, Any]:
    """The dump, and what was in the database at its moment: one exported snapshot serves both. The keys are read after it: one
    that was made since is of use to nobody, while one that is missing would be a living run's."""
    began, recipient = datetime.now(UTC), ensure_backup_key(state_directory())
    with server.connect() as connection:
        hold_tables_as_they_stand(connection)
        connection.autocommit = False
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = first(connection, "SELECT pg_export_snapshot()")
        with progress.step("counting what is there"):
            found, about = checksums(connection), standing(connection)
            contents = {"tables": found, "counters": counters(connection)}
        with progress.step(f"writing {len(found)} tables"):
            sealed = {DUMP: dump(server, folder / DUMP, snapshot, len(found), recipient)}
    with progress.step("writing the keys of runs"):
        packed = key_files.pack()
        sealed[KEYS] = seal(BytesIO(packed), folder / KEYS, recipient)
    sealed[CONTENTS] = seal(BytesIO(json.dumps(contents).encode()), folder / CONTENTS, recipient)
    when = {"began": began.isoformat(), "finished": datetime.now(UTC).isoformat()}
    counted = {"bytes": sum(one["bytes"] for one in sealed.values()), "keys": key_files.unpack(packed).number}
    seals = {"recipient": recipient, "vault": marks_of_the_vault()}
    return {"form": FORM, **when, **about, **seals, **counted, "files": sealed}


def hold_tables_as_they_stand(connection: psycopg.Connection) -> None:
    """Until the connection ends no table is written anew (shared/privacy/rewriting.py): to an older snapshot it would look empty. Asked for
    before the snapshot, because that sees nothing of what a rewriting under way is about to commit."""
    connection.execute("SELECT pg_advisory_lock(%s)", [WHILE_TABLES_STAND])


def dump(server: Server, path: Path, snapshot: str, tables: int, recipient: str) -> dict[str, Any]:
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
        *ours,
        f"--dbname={server.database}",
    ]
    return dump_to(server, arguments, lambda written: seal(written, path, recipient), show)


def standing(connection: psycopg.Connection) -> dict[str, Any]:
    """Returns which versions the tables have, and which transport the events."""
    versions = {}
    for schema in SCHEMAS:
        if first(connection, f"SELECT to_regclass('{schema}.schema_version') IS NOT NULL"):
            versions[schema] = first(connection, f"SELECT version_num FROM {schema}.schema_version")
    transport = first(connection, "SELECT name FROM bus.transport") or "postgres"
    server = first(connection, "SHOW server_version")
    return {"versions": versions, "transport": transport, "server": server}


def first(connection: psycopg.Connection, question: str) -> Any:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def marks_of_the_vault(group: str = "vault") -> list[str]:
    """Tells one vault key from another, and nothing about any; `group` may be those that a rotation has retired."""
    return sorted({mark_of(key) for keys in secrets().get(group, {}).values() for key in keys})


def mark_of(key: str) -> str:
    return hmac.digest(key.encode(), b"which vault a backup belongs to", "sha256").hex()[:16]


def note_it(manifest: dict[str, Any]) -> None:
    """Notes when it ended, for the alert about old backups."""
    home, note = state_directory(), {"finished": time.time(), "bytes": manifest["bytes"]}
    home.mkdir(parents=True, exist_ok=True)
    for folder in (
        home,
        *folder_of_processes(home).glob("*-worker"),
    ):  # in containers each sees its own folder alone
        write_privately(folder / LAST_BACKUP, note)


def copy_secrets(folder: Path) -> None:
    """All of them; but the private key of backups may be kept elsewhere already."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, source in zip(SECRET_FILES, paths_of_secrets(), strict=True):
        if name != PRIVATE or source.exists():
            target = folder / name
            target.touch(mode=0o600)
            target.write_bytes(source.read_bytes())


def paths_of_secrets() -> tuple[Path, Path, Path]:
    home = state_directory()
    names = setting("SECRETS", str(home / "secrets.json")), setting("JWKS", str(home / "jwks.json"))
    return Path(names[0]), Path(names[1]), home / PRIVATE


def where_the_secrets_are(copied_to: Path | None) -> str:
    if copied_to:
        return f"Its secrets are in {copied_to}: keep them apart from it, and as long as it."
    return (
        f"Its secrets are not in it: keep {', '.join(map(str, paths_of_secrets()))} elsewhere, and as long. "
        f"Without {PRIVATE} nothing of it can be read again, and without that vault key no name."
    )
