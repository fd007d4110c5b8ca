"""Connections to the database that break under those who hold them, as at its restart."""

from shared.database import engine_of, worker_engine_of
from shared.settings import SERVICES, operator_of, worker_of

ENDED = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = ANY(%s) AND pid <> pg_backend_pid()"""


def sever(connection, *services: str) -> int:
    """End all connections of these services to this connection's database; how many there were."""
    roles = [role(service) for service in services for role in (str, worker_of, operator_of)]
    return len(connection.execute(ENDED, [roles]).fetchall())


def connect_anew() -> None:
    """This process's pools forget what was severed. What has just worked is taken for alive (`shared.database`), so
    that the next test would be the first to meet it."""
    for service in SERVICES:
        engine_of(service).dispose()
        worker_engine_of(service).dispose()
