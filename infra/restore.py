"""`python -m infra.restore FOLDER`: brings a backup back into an empty database, all of it or nothing, and checks it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.backup import DUMP, FORM, MANIFEST, digest, mark_of, marks_of_the_vault
from infra.census import SCHEMAS, census, counters, differences, tables, unprotected
from infra.dumping import Server, run, the_server, what_to_say
from infra.postgres import make_database, make_role, make_schemas
from infra.progress import Progress
from infra.secrets import password, rotation
from infra.trouble import CannotStart
from shared.bus.road import KAFKA
from shared.mechanisms import KERNEL
from shared.observability.health import revisions
from shared.settings import ROLES, secrets, setting, state_directory

TOPICS_TOO = (
    "The events of this installation travel on Kafka, and topics are in no backup: they hold more than the database knows now, "
    "or less. Before you start Polku, read what then is different: docs/operations.md, Backup and restore, With Kafka."
)
MAY_HAVE_ROWS = frozenset(("schema_version", "road"))
WHO_IS_THERE = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = ANY(%s)"


class NotABackup(CannotStart):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is no finished backup of Polku: it has no {MANIFEST} of a form that we know."
        )


class Damaged(CannotStart):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder / DUMP} is not what was written then. Take another backup.")


class OtherSecrets(CannotStart):
    def __init__(self) -> None:
        super().__init__(
            "The secrets here are not those that this backup was made with: nobody's name could be read. Put the "
            "secrets.json and jwks.json that were kept with it in their place, then start again."
        )


class NotEmpty(CannotStart):
    def __init__(self, database: str, table: str) -> None:
        super().__init__(
            f"The database {database} has rows already ({table}, for one). A backup is brought back into an empty one: "
            "`make reset` forgets this installation's, or name another by POLKU_DATABASE."
        )


class StillRunning(CannotStart):
    """Polku is at work in this database. Stop it, then start again."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NewerThanTheCode(CannotStart):
    def __init__(self, services: list[str]) -> None:
        super().__init__(
            f"The backup was made by a newer Polku than this one (tables of {', '.join(services)}). "
            "Take that version of the code, or a newer one."
        )


class NotTheSame(CannotStart):
    def __init__(self, found: list[str]) -> None:
        super().__init__("What was brought back is not what was backed up:\n    " + "\n    ".join(found))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("folder", type=Path, help="what python -m infra.backup made")
    chosen = parser.parse_args(arguments)
    try:
        behind = restore(chosen.folder, Progress())
    except (CannotStart, OSError, psycopg.Error) as problem:
        print(f"Not restored. {what_to_say(problem, state_directory())}", file=sys.stderr)
        return 1
    print("Everything is back, row by row.")
    if behind:
        print(f"The tables of {', '.join(behind)} are older than the code: `python -m shared.migrations up`.")
    if read(chosen.folder)["road"] == KAFKA:
        print(TOPICS_TOO)
    return 0


def restore(folder: Path, progress: Progress) -> list[str]:
    """Which services' tables are older than the code, and want their migrations."""
    manifest = read(folder)
    behind = what_is_behind(manifest["versions"])
    with progress.step("reading the backup"):
        if digest(folder / DUMP) != manifest["sha256"]:
            raise Damaged(folder)
    with the_server() as server:
        make_room(server)
        with progress.step(f"bringing back {len(manifest['tables'])} tables"):
            bring_back(server, folder / DUMP)
        behind += ["bus"] * lacks_functions(server)
        with progress.step("comparing"):
            compare(server, manifest)
    if retired := marks_wanted(manifest) - {*marks_of_the_vault()}:
        rotation.bring_back(state_directory(), lambda key: mark_of(key) in retired)
    leave_notes(bool(behind))
    return behind


def read(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        raise NotABackup(folder) from None
    if manifest.get("form") != FORM:
        raise NotABackup(folder)
    if not marks_wanted(manifest) <= marks_here():
        raise OtherSecrets
    return manifest


def marks_wanted(manifest: dict[str, Any]) -> set[str]:
    """Of all keys that the backup was sealed with; once there was one."""
    marks = manifest["vault"]
    return {marks} if isinstance(marks, str) else set(marks)


def marks_here() -> set[str]:
    try:
        return {*marks_of_the_vault(), *marks_of_the_vault("retired_vault")}
    except FileNotFoundError:
        return set()


def what_is_behind(versions: dict[str, str]) -> list[str]:
    known = {service: revisions(service) for service in versions}
    if newer := [service for service, found in versions.items() if found not in known[service][0]]:
        raise NewerThanTheCode(newer)
    return [service for service, found in versions.items() if found != known[service][1]]


def make_room(server: Server) -> None:
    """An empty database with its roles; schemas that a first start has left without rows are cleared away."""
    with server.connect("postgres") as connection:
        for role in ("polku_owner", *ROLES):
            make_role(connection, role, secrets()["database"].get(role) or password())
        make_database(connection, server.database, "polku_owner")
    with server.connect(autocommit=False) as connection:
        refuse_the_inhabited(connection, server.database)
        for schema in SCHEMAS:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def refuse_the_inhabited(connection: psycopg.Connection, database: str) -> None:
    who = connection.execute(WHO_IS_THERE, [database, list(ROLES)]).fetchone()
    if who and who[0]:
        raise StillRunning
    for schema, table in tables(connection):
        if table not in MAY_HAVE_ROWS:
            has_rows = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
            if (connection.execute(has_rows).fetchone() or [False])[0]:
                raise NotEmpty(database, f"{schema}.{table}")


def bring_back(server: Server, dump: Path) -> None:
    """In one transaction: what cannot be brought back whole leaves the database empty."""
    arguments = ["--exit-on-error", "--single-transaction", f"--dbname={server.database}", str(dump)]
    run(server, "pg_restore", arguments, lambda table: None)
    with server.connect() as connection:
        make_schemas(connection, server.database)  # search paths belong to the database and are in no dump
        connection.execute("ANALYZE")


def lacks_functions(server: Server) -> bool:
    """A backup from before the log had functions has its rights from before, too."""
    with server.connect() as connection:
        found = connection.execute("SELECT to_regproc('bus.append') IS NULL").fetchone()
    return bool(found and found[0])


def compare(server: Server, manifest: dict[str, Any]) -> None:
    with server.connect() as connection:
        found = differences(manifest["tables"], census(connection))
        now = counters(connection)
        found += [
            f"The counter {name} stands at {now.get(name, 0)}, before the {last} it has already given."
            for name, last in manifest["counters"].items()
            if now.get(name, 0) < last
        ]
        found += [f"{name} has no row security." for name in unprotected(connection, list(KERNEL.tables))]
    if found:
        raise NotTheSame(found)


def leave_notes(migrate: bool) -> None:
    """For the launcher: the demonstration stays out of what was brought back, and old tables are migrated."""
    home = state_directory()
    if setting("DATABASE", "") or not home.exists():
        return
    (home / "run").mkdir(exist_ok=True)
    for note in (home / "demonstration", home / "run" / "consultancy"):
        note.touch()
    if migrate:
        (home / "run" / "migrated").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
