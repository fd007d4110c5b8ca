"""What a whole installation has written and counted, and whom and what it must not hold."""

import json
from dataclasses import dataclass, field
from urllib.request import urlopen

import psycopg
from psycopg import sql

from infra.database.postgres import Postgres
from infra.demo.installation import Installation
from infra.demo.walker.journey import Journey
from infra.demo.walker.pack import Pack
from tests.story.secrecy import opened

PEOPLE = (
    "author",
    "participant",
    "moderator",
    "member_id",
    "who",
    "to",
    "by",
)  # columns, besides those that end so: _by
COLUMNS = r"""
    SELECT table_schema, table_name, column_name FROM information_schema.columns JOIN pg_namespace ON nspname = table_schema
    WHERE data_type = 'uuid' AND table_name NOT LIKE 'pg%%'
          AND (column_name = ANY(%s) OR column_name LIKE '%%\_by' OR (table_schema, table_name, column_name)
               = ('identity', 'member', 'id'))"""
BEGINNING = 24  # letters of what somebody wrote, by which it is known again


@dataclass
class Lines:
    """`ids` are those of members by the service that knows them, and all pseudonyms."""

    written: dict[str, str] = field(default_factory=dict)  # by the name of the file
    counted: str = ""
    ids: dict[str, set[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def know_everybody(self, journey: Journey) -> None:
        """While the keys live: afterwards nobody can say any more which numbers were whose."""
        with database_of(journey.polku) as connection:
            self.ids = people_of(connection) | {"pseudonyms": set(opened(journey)["pseudonyms"])}

    def look(self, polku: Installation, pack: Pack) -> None:
        files = [*(polku.home / "logs").iterdir(), polku.home / "postgres.log", polku.home / "launcher.out"]
        self.written = {file.name: file.read_text() for file in files}
        self.counted = "".join(counts_of(polku, part) for part in ("WEB", "LIVE", "WORKER"))
        self.words = [comment.text[:BEGINNING] for comment in pack.comments]

    @property
    def everything(self) -> str:
        return self.counted + "".join(self.written.values())

    def told(self, secrets: set[str] | list[str]) -> list[str]:
        everything = self.everything
        return sorted(secret for secret in secrets if secret in everything)


def counts_of(polku: Installation, part: str) -> str:
    with urlopen(f"http://127.0.0.1:{polku.ports[part]}/metrics") as page:
        return page.read().decode()


def database_of(polku: Installation) -> psycopg.Connection:
    """As its administrator, who sees the rows of all organisations."""
    secrets = json.loads((polku.home / "secrets.json").read_text())
    return Postgres(polku.home, secrets).connect("polku")


def people_of(connection: psycopg.Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for schema, table, column in connection.execute(COLUMNS, [list(PEOPLE)]).fetchall():
        name = sql.Identifier
        question = sql.SQL("SELECT DISTINCT {}::text FROM {} WHERE {} IS NOT NULL")
        rows = connection.execute(question.format(name(column), name(schema, table), name(column))).fetchall()
        found.setdefault(schema, set()).update(row[0] for row in rows)
    return found
