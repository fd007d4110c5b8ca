"""`python -m infra.restore FOLDER`: brings a backup back into an empty database, all of it or nothing, and checks it; and with it the
keys that lived then and have not died since. What was cut off is ended by calling the same again."""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.backup.create import DUMP, KEYS, mark_of, marks_of_the_vault
from infra.backup.manifest import (
    PLAIN,
    PLAIN_DUMP,
    Backup,
    contents_of,
    keys_in,
    marks_wanted,
    read,
    refuse_the_damaged,
    transport_of,
    what_is_behind,
)
from infra.backup.refusals import (
    NotEmpty,
    NotTheSame,
    StillRunning,
)
from infra.backup.sealing import PRIVATE, ensure_backup_key, opening
from infra.backup.table_checksums import SCHEMAS, checksums, counters, differences, tables, unprotected
from infra.database.dumping import Server, restore_from, the_server, what_to_say
from infra.database.provisioning import make_database, make_role, make_schemas, one_at_a_time
from infra.keys import files as key_files
from infra.progress import Progress
from infra.secrets import password, rotation
from infra.trouble import CannotStart
from shared.messaging.bus.transport import KAFKA
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations import renamed_tables
from shared.settings import ROLES, secrets, setting, state_directory

TOPICS_TOO = (
    "The events of this installation travel on Kafka, and topics are in no backup: they hold more than the database knows now, "
    "or less. Before you start Polku, read what then is different: docs/operations/back-up.md, With Kafka."
)
NO_LEDGER = (
    "No ledger of destroyed keys was found here, and this backup is of {day}: what was destroyed since then lives again, until its "
    "day's timer runs. If a copy of the ledger is kept elsewhere (POLKU_LEDGER_COPY), do not start Polku yet: run this again with "
    "--ledger FOLDER."
)
MAY_HAVE_ROWS = frozenset(("schema_version", "transport", "road"))
WHO_IS_THERE = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = ANY(%s)"


def main(arguments: list[str]) -> int:
    chosen = asked(arguments)
    backup = Backup(
        chosen.folder,
        chosen.key or state_directory() / PRIVATE,
        None if chosen.without_keys else chosen.keys or chosen.folder / KEYS,
        chosen.ledger,
    )
    try:
        is_told = key_files.is_a_ledger_here() or bool(chosen.ledger)
        behind = restore(backup, Progress(), chosen.destroy_newer_keys)
    except (CannotStart, OSError, psycopg.Error) as problem:
        print(f"Not restored. {what_to_say(problem, state_directory())}", file=sys.stderr)
        return 1
    manifest = read(chosen.folder)
    print("Everything is back, row by row.")
    if behind:
        print(f"The tables of {', '.join(behind)} are older than the code: `python -m shared.migrations up`.")
    if transport_of(manifest) == KAFKA:
        print(TOPICS_TOO)
    if not is_told and manifest["form"] != PLAIN:
        print(NO_LEDGER.format(day=manifest["finished"][:10]))
    return 0


def asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("folder", type=Path, help="what python -m infra.backup made")
    parser.add_argument("--key", type=Path, help=f"the {PRIVATE} of then, unless it is in the home")
    parser.add_argument("--keys", type=Path, help=f"its {KEYS}, unless it is in the folder")
    parser.add_argument("--without-keys", action="store_true", help="the keys of runs are gone for good")
    parser.add_argument(
        "--ledger",
        type=Path,
        action="append",
        default=[],
        help="a folder with copies of the ledgers (POLKU_LEDGER_COPY)",
    )
    parser.add_argument(
        "--destroy-newer-keys",
        action="store_true",
        help="the database is lost that the newer keys here belong to",
    )
    return parser.parse_args(arguments)


def restore(backup: Backup, progress: Progress, newer_keys_die: bool = False) -> list[str]:
    """Returns which services' tables are older than the code, and want their migrations. The dead are told first, then the keys
    come back, then the database: whoever is cut off has keys too many, and never a run too few."""
    manifest = read(backup.folder)
    behind = what_is_behind(manifest["versions"])
    with progress.step("reading the backup"):
        refuse_the_damaged(backup.folder, manifest)
        kept, contents = keys_in(backup, manifest), contents_of(backup, manifest)
    with progress.step(f"bringing back {kept.number} keys of runs"):
        key_files.learn(kept.deaths, key_files.deaths_told_by(backup.ledgers))
        key_files.bring_back_openings(kept)
        key_files.bring_back(kept, newer_keys_die)
    with the_server() as server:
        if not is_back_already(server, contents):
            make_room(server)
            with progress.step(f"bringing back {len(contents['tables'])} tables"):
                bring_back(server, backup, manifest)
        settle(server)
        behind += ["bus"] * lacks_what_migrations_make(server)
        with progress.step("comparing"):
            compare(server, contents)
    if retired := marks_wanted(manifest) - {*marks_of_the_vault()}:
        rotation.bring_back(state_directory(), lambda key: mark_of(key) in retired)
    ensure_backup_key(state_directory())
    leave_notes(bool(behind))
    return behind


def is_back_already(server: Server, contents: dict[str, Any]) -> bool:
    """Whether a restore was cut off after its transaction, and nobody has done anything since."""
    with server.connect("postgres") as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [server.database]).fetchone()
    if found is None:
        return False
    with server.connect() as connection:
        refuse_while_running(connection, server.database)
        return checksums(connection) == contents["tables"]


def make_room(server: Server) -> None:
    """An empty database with its roles; schemas that a first start has left without rows are cleared away."""
    with server.connect("postgres") as connection:
        one_at_a_time(connection)
        for role in ("polku_owner", *ROLES):
            make_role(connection, role, secrets()["database"].get(role) or password())
        make_database(connection, server.database, "polku_owner")
    with server.connect(autocommit=False) as connection:
        refuse_the_inhabited(connection, server.database)
        for schema in SCHEMAS:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def refuse_while_running(connection: psycopg.Connection, database: str) -> None:
    who = connection.execute(WHO_IS_THERE, [database, list(ROLES)]).fetchone()
    if who and who[0]:
        raise StillRunning


def refuse_the_inhabited(connection: psycopg.Connection, database: str) -> None:
    refuse_while_running(connection, database)
    for schema, table in tables(connection):
        if table not in MAY_HAVE_ROWS:
            has_rows = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
            if (connection.execute(has_rows).fetchone() or [False])[0]:
                raise NotEmpty(database, f"{schema}.{table}")


def bring_back(server: Server, backup: Backup, manifest: dict[str, Any]) -> None:
    """In one transaction: what cannot be brought back whole leaves the database empty."""
    arguments = ["--exit-on-error", "--single-transaction", f"--dbname={server.database}"]
    if manifest["form"] == PLAIN:
        with (backup.folder / PLAIN_DUMP).open("rb") as dump:
            restore_from(server, arguments, lambda pipe: shutil.copyfileobj(dump, pipe), lambda table: None)
    else:
        restore_from(server, arguments, opening(backup.folder / DUMP, backup.key), lambda table: None)


def settle(server: Server) -> None:
    with server.connect() as connection:
        make_schemas(connection, server.database)  # search paths belong to the database and are in no dump
        connection.execute("ANALYZE")


def lacks_what_migrations_make(server: Server) -> bool:
    """Returns whether the bus is of before its functions, and so its rights, or of before its tables were renamed."""
    made = "to_regproc('bus.append') IS NULL OR to_regclass('bus.transport') IS NULL"
    with server.connect() as connection:
        found = connection.execute(f"SELECT {made}").fetchone()
    return bool(found and found[0])


def compare(server: Server, contents: dict[str, Any]) -> None:
    with server.connect() as connection:
        found = differences(contents["tables"], checksums(connection))
        now = counters(connection)
        found += [
            f"The counter {name} stands at {now.get(name, 0)}, before the {last} it has already given."
            for name, last in contents["counters"].items()
            if now.get(name, 0) < last
        ]
        found += [
            f"{name} has no row security."
            for name in unprotected(connection, [*MESSAGING_TABLES.tables, *renamed_tables.MESSAGING])
        ]
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
