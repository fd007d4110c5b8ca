"""The database server that is backed up or restored into, and PostgreSQL's own programs for it."""

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import psycopg

from infra.database.postgres import VERSION, Postgres, binaries
from infra.processes import lock
from infra.secrets import ensure_secrets
from infra.trouble import CannotStart, sentence_for
from shared.settings import secrets, setting, state_directory

DATABASE = "polku"
LISTED = re.compile(r'(?:dumping contents of table|processing data for table) "?([\w."]+)')


class NoSuchProgram(CannotStart):
    def __init__(self, name: str, found: str) -> None:
        super().__init__(
            f"{name} of PostgreSQL {VERSION} is needed, and {found or 'none'} was found. "
            "Name the folder of the right one by POLKU_PG_BIN."
        )


class ProgramFailed(CannotStart):
    """Its own last lines, which name tables and never rows."""


def what_to_say(problem: Exception, folder: Path) -> str:
    """PostgreSQL's own sentences name places and roles, not rows: we ask for none by their values."""
    if isinstance(problem, psycopg.OperationalError):
        return f"The database cannot be reached: {problem}"
    if isinstance(problem, psycopg.Error):
        return f"The database refused: {problem}"
    return sentence_for(problem, folder)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server, entered as administrator: row security shows everybody else one organisation alone."""

    host: str
    port: int
    database: str
    password: str

    @classmethod
    def at(cls, address: str) -> "Server":
        """`address` is POLKU_DATABASE's form, host:port/name."""
        place, _, database = address.partition("/")
        host, _, port = place.partition(":")
        return cls(host, int(port or 5432), database or DATABASE, secrets()["database"]["postgres"])

    def connect(self, database: str | None = None, autocommit: bool = True) -> psycopg.Connection:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user="postgres",
            password=self.password,
            dbname=database or self.database,
            autocommit=autocommit,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Returns the environment by which pg_dump and pg_restore find it; a password on a command line would be everybody's."""
        named = {"HOST": self.host, "PORT": str(self.port), "USER": "postgres", "PASSWORD": self.password}
        return os.environ | {f"PG{name}": value for name, value in named.items()}


@contextmanager
def the_server() -> Iterator[Server]:
    """The one that POLKU_DATABASE names, else this installation's own; that is started for as long as it takes."""
    if address := setting("DATABASE", ""):
        yield Server.at(address)
        return
    home = state_directory()
    ensure_secrets(home)
    postgres = Postgres(home, secrets())
    if postgres.is_running:
        yield Server.at(postgres.address(DATABASE))
        return
    with lock.hold(home):
        postgres.start()
        try:
            yield Server.at(postgres.address(DATABASE))
        finally:
            postgres.stop()


def program(name: str) -> Path:
    """pg_dump or pg_restore: from POLKU_PG_BIN, else those of the embedded server."""
    folder = setting("PG_BIN", "")
    path = Path(folder) / name if folder else binaries() / name
    if not shutil.which(path):
        raise NoSuchProgram(name, "")
    output = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if not re.search(rf"\b{VERSION}(\.|\b)", output):
        raise NoSuchProgram(name, output.strip())
    return path


Table = Callable[[str], None]  # is called with the name of each table that a program comes to


def dump_to(server: Server, arguments: list[str], take: Callable[[IO[bytes]], Any], each_table: Table) -> Any:
    """Runs pg_dump and hands over what it writes, as it writes it. Returns what `take` returns."""
    with running(server, "pg_dump", arguments, each_table, stdout=subprocess.PIPE) as program:
        assert program.stdout
        return take(program.stdout)


def restore_from(server: Server, arguments: list[str], give: Callable[[Any], Any], each_table: Table) -> None:
    """Runs pg_restore on what `give` writes. Where that fails the program is ended before it can commit."""
    with running(server, "pg_restore", arguments, each_table, stdin=subprocess.PIPE) as program:
        assert program.stdin
        pipe = Pipe(program.stdin)
        try:
            give(pipe)
            program.stdin.close()
        except OSError as problem:
            if not (pipe.is_broken or isinstance(problem, BrokenPipeError)):
                raise  # else the program has ended before us; why, is what it said


class Pipe(io.RawIOBase):
    """The input of a program. It remembers a broken pipe, because pyrage raises an error of its own instead."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.is_broken = file, False

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        try:
            return self.file.write(content)
        except BrokenPipeError:
            self.is_broken = True
            raise


@contextmanager
def running(
    server: Server, name: str, arguments: list[str], each_table: Table, **pipes: Any
) -> Iterator[subprocess.Popen]:
    """A program that is ended when we fail."""
    line = [str(program(name)), "--no-password", "--verbose", *arguments]
    with (
        ThreadPoolExecutor(1) as beside,
        subprocess.Popen(line, stderr=subprocess.PIPE, env=server.environment, **pipes) as started,
    ):
        last = beside.submit(listen, started, each_table)
        try:
            yield started
        except BaseException:
            started.kill()
            raise
        finally:
            started.wait()
            with suppress(BrokenPipeError):
                started.stdin and started.stdin.close()
        if started.returncode:
            raise ProgramFailed(f"{name} failed. Its last lines:\n    " + "\n    ".join(last.result()))


def listen(program: subprocess.Popen, each_table: Table) -> list[str]:
    """Returns its last lines."""
    last: list[str] = []
    for line in io.TextIOWrapper(cast(io.BufferedReader, program.stderr), errors="replace"):
        last = [*last[-3:], line.strip()]
        if found := LISTED.search(line):
            each_table(found[1])
    return last
