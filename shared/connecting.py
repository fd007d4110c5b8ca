"""Enters the database by the password of this moment: it may have been replaced since the process started."""

from typing import TYPE_CHECKING, Any

import psycopg

from shared.settings import secrets

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

REFUSED = "authentication failed"  # libpq gives no SQLSTATE for it


def connect(**parameters: Any) -> psycopg.Connection:
    """Connects as psycopg does, with today's password of the role, and with the former one while a rotation is underway
    (infra/secrets/rotation.py). A role that is not among our secrets keeps the password it was given."""
    *others, last = passwords_of(parameters["user"]) or [parameters.get("password", "")]
    for password in others:
        try:
            return psycopg.connect(**parameters | {"password": password})
        except psycopg.OperationalError as refused:
            if REFUSED not in str(refused):
                raise
    return psycopg.connect(**parameters | {"password": last})


def looking(engine: "Engine") -> "Connection":
    """Returns a connection of the pool that begins no transaction: what looks now and then is spared BEGIN and ROLLBACK."""
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def passwords_of(role: str) -> list[str]:
    """Today's first."""
    groups = (secrets().get(group, {}) for group in ("database", "former_database"))
    return [passwords[role] for passwords in groups if role in passwords]


def connect_for_sqlalchemy(dialect: Any, record: Any, arguments: Any, parameters: dict) -> psycopg.Connection:
    """As a listener of an engine's `do_connect`."""
    return connect(**parameters)
