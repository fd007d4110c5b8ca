"""The launcher's view of the embedded PostgreSQL: starts it on a free port, and says in sentences what is wrong."""

import os
from pathlib import Path

import psycopg

from infra.database.postgres import DatabaseTrouble, Postgres, free_port
from infra.processes.ports import is_free
from infra.secrets import ensure_secrets
from infra.secrets.rotation import settle_database
from infra.trouble import CannotStart, DiskFull
from shared.settings import secrets, setting


class BrokenDatabase(CannotStart):
    def __init__(self, postgres: Postgres, why: str) -> None:
        super().__init__(
            f"The database in {postgres.data} cannot be started. Bring that folder back from a backup, or forget "
            f"all data and start anew with `make reset`. PostgreSQL's own words:\n{_indented(why)}"
        )


class Database:
    """PostgreSQL for as long as the launcher lives."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.postgres: Postgres | None = None

    def start(self) -> str:
        """Started, with roles, schemas and passwords; the address for POLKU_DATABASE."""
        private, public = ensure_secrets(self.home)
        os.environ |= {"POLKU_SECRETS": str(private), "POLKU_JWKS": str(public)}
        self.postgres = Postgres(self.home, secrets())
        self._choose_port(self.postgres)
        try:
            self.postgres.start()
            self.postgres.provision()
            settle_database(self.home, self.postgres.as_administrator)
        except (DatabaseTrouble, psycopg.OperationalError) as error:
            raise self._what_is_wrong(self.postgres, error) from error
        return self.postgres.address()

    def stop(self) -> None:
        if self.postgres:
            self.postgres.stop()

    def _choose_port(self, postgres: Postgres) -> None:
        """The port of last time where it is still free; nobody but our own processes needs to know it."""
        wanted = setting("DATABASE_PORT", "")
        if wanted:
            postgres.port = int(wanted)
        elif not is_free(postgres.port):
            postgres.port = free_port()

    def _what_is_wrong(self, postgres: Postgres, error: Exception) -> CannotStart:
        words = f"{error}\n{_last_lines(postgres.log)}"
        if "No space left on device" in words:
            return DiskFull(self.home)
        if "password authentication failed" in str(error):
            return CannotStart(
                f"The secrets in {self.home / 'secrets.json'} are not those of the database in {postgres.data}. "
                "Bring both back from the same backup, or forget all data and start anew with `make reset`."
            )
        return BrokenDatabase(postgres, words)


def _last_lines(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def _indented(words: str) -> str:
    return "\n".join(f"    {line}" for line in words.strip().splitlines())
