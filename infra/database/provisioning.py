"""Makes ready for migrations: the database, a role and a schema for every service, and who may enter."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from shared.settings import ROLES, SERVICES, operator_of, worker_of


def furnish(connect: Callable[[str], psycopg.Connection], passwords: dict[str, str], database: str) -> None:
    """Makes the roles, the database and a schema for every service; safe to repeat. `connect` is the administrator's."""
    with connect("postgres") as connection:
        one_at_a_time(connection)
        for role in ("polku_owner", *ROLES):
            make_role(connection, role, passwords[role])
        make_database(connection, database, "polku_owner")
        with connect(database) as inside:
            make_schemas(inside, database)


def one_at_a_time(connection: psycopg.Connection) -> None:
    """Waits until nobody else makes roles on this server, until the connection ends: roles belong to all of its databases, and PostgreSQL
    refuses two changes of one at once."""
    connection.execute("SELECT pg_advisory_lock(7121)")


def make_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        names = sql.Identifier(database), sql.Identifier(owner)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))


def make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(
            sql.SQL("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(name)
        )
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password)))


def make_schemas(connection: psycopg.Connection, database: str) -> None:
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute("CREATE SCHEMA IF NOT EXISTS bus AUTHORIZATION polku_owner")
    for line in ENDS_THE_LOG:
        connection.execute(line)
    for service in SERVICES:
        names = {"service": sql.Identifier(service), "database": sql.Identifier(database)}
        for line in SCHEMA:
            connection.execute(sql.SQL(line).format(**names))
        for role in (service, worker_of(service), operator_of(service)):
            for line in WHO_ENTERS:
                connection.execute(sql.SQL(line).format(role=sql.Identifier(role), **names))
        for role in (worker_of(service), operator_of(service)):
            for line in WHO_ALSO_WORKS:
                connection.execute(sql.SQL(line).format(role=sql.Identifier(role), **names))


# The log that described rows which were let go is ended (shared/privacy/rewriting.py).
ENDS_THE_LOG = (
    "GRANT pg_checkpoint TO polku_owner",
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_switch_wal() TO polku_owner",
)
WHO_ENTERS = (
    "ALTER ROLE {role} IN DATABASE {database} SET search_path = {service}, bus",
    # whoever falls silent in the middle of a transaction (a stopped process, a lost machine) holds up nobody for ever
    "ALTER ROLE {role} IN DATABASE {database} SET idle_in_transaction_session_timeout = '2min'",
)
# It may what the service's own role may, organisation by organisation, and more with the mechanisms (shared/migrations/rights.py).
WHO_ALSO_WORKS = (
    "GRANT {service} TO {role} WITH INHERIT TRUE, SET FALSE",
    "GRANT USAGE ON SCHEMA bus TO {role}",
)
SCHEMA = (
    "CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION polku_owner",
    "GRANT USAGE ON SCHEMA {service} TO {service}",
    "REVOKE USAGE ON SCHEMA bus FROM {service}",  # once it was given
    "ALTER DEFAULT PRIVILEGES FOR ROLE polku_owner IN SCHEMA {service}"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE polku_owner IN SCHEMA {service} GRANT USAGE ON SEQUENCES TO {service}",
    # what somebody may do there is given table by table (shared/migrations/event_log.py); once every service was given everything
    "ALTER DEFAULT PRIVILEGES FOR ROLE polku_owner IN SCHEMA bus REVOKE ALL ON TABLES FROM {service}",
)
