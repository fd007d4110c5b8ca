"""The database server that is backed up or restored into, and PostgreSQL's own programs for it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from infra import lock
from infra.postgres import VERSION, Postgres, binaries
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
    """Its own last words, which name tables and never rows."""


def what_to_say(problem: Exception, folder: Path) -> str:
    """PostgreSQL's own sentences name places and roles, not rows: we ask for none by their values."""
    if isinstance(problem, psycopg.OperationalError):
        return f"The database cannot be reached: {problem}"
    if isinstance(problem, psycopg.Error):
        return f"The database refused: {problem}"
    return sentence_for(problem, folder)


@dataclass(frozen=True)
class Server:
    """Where PostgreSQL answers, as its administrator: row security shows everybody else one organisation alone."""

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
        """How the programs find it; a password on a command line would be everybody's."""
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
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if not re.search(rf"\b{VERSION}(\.|\b)", said):
        raise NoSuchProgram(name, said.strip())
    return path


def run(server: Server, name: str, arguments: list[str], each_table: Callable[[str], None]) -> None:
    """`each_table` is called with the name of each table that it comes to."""
    line = [str(program(name)), "--no-password", "--verbose", *arguments]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=server.environment) as running:
        last: list[str] = []
        for said in running.stderr or ():
            last = [*last[-3:], said.strip()]
            if found := LISTED.search(said):
                each_table(found[1])
    if running.returncode:
        raise ProgramFailed(f"{name} failed. Its last words:\n    " + "\n    ".join(last))
