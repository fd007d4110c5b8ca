"""Databases as an earlier version left them: each service at a revision of then, and today's migrations on top."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from alembic import command
from sqlalchemy import Connection, create_engine, text

from infra.database.postgres import Postgres
from shared.messaging.messaging_tables import MESSAGING_TABLES
from shared.migrations.upgrade import config_for, enter
from shared.settings import database_url


@contextmanager
def of_before(server: Postgres, database: str, revisions: Mapping[str, str]) -> Iterator[Connection]:
    """Yields a connection, as the owner of the tables, to a database of its own with these services at these revisions; its
    search path is that of the last of them."""
    name = f"before_{uuid4().hex[:8]}"
    server.provision(name)
    engine = create_engine(database_url("polku_owner").replace(f"/{database}?", f"/{name}?"))
    with engine.connect() as connection:
        for service, revision in revisions.items():
            enter(connection, service)
            MESSAGING_TABLES.create_all(connection)
            connection.commit()
            migrate(connection, service, revision)
        yield connection
    engine.dispose()


def migrate(connection: Connection, service: str, revision: str) -> None:
    connection.commit()
    command.upgrade(config_for(service, connection), revision)
    connection.commit()


def act_for(connection: Connection, tenant: UUID) -> UUID:
    connection.execute(text(f"SET app.tenant = '{tenant}'"))
    return tenant


def put(connection: Connection, table: str, **row: Any) -> None:
    """Inserts a row; the table may be named with its schema."""
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    held = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()}
    quoted = ".".join(f'"{part}"' for part in table.split("."))
    connection.execute(text(f"INSERT INTO {quoted} ({names}) VALUES ({values})"), held)
