"""The demonstration that runs on this machine, for commands beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from infra.development.only_here import insist
from infra.trouble import CannotStart
from shared.settings import noted_by_the_launcher, secrets


class NothingRuns(CannotStart):
    def __init__(self) -> None:
        super().__init__("Nothing runs here yet: start `make dev` (or `make run`) in another terminal.")


class NoSuchOrganisation(CannotStart):
    def __init__(self, slug: str, known: list[str]) -> None:
        super().__init__(f"There is no organisation {slug!r}, but: {', '.join(known)}.")


def database() -> tuple[str, str, str]:
    """Host, port and name."""
    insist()
    if not (address := noted_by_the_launcher().get("DATABASE")):
        raise NothingRuns
    where, _, name = address.partition("/")
    host, _, port = where.rpartition(":")
    return host, port, name


@contextmanager
def as_administrator() -> Iterator[psycopg.Connection]:
    host, port, name = database()
    password = secrets()["database"]["postgres"]
    with psycopg.connect(
        host=host, port=port, dbname=name, user="postgres", password=password, autocommit=True
    ) as connection:
        yield connection


def organisations() -> dict[str, UUID]:
    """By slug."""
    with as_administrator() as connection:
        return dict(
            connection.execute("SELECT slug, tenant_id FROM identity.organisation ORDER BY slug").fetchall()
        )


def organisation(slug: str) -> UUID:
    known = organisations()
    if slug not in known:
        raise NoSuchOrganisation(slug, list(known))
    return known[slug]
