"""Whether a service's web process can do its work: the database answers, and its tables are those that the code knows."""

import logging
import re
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from shared.database import engine_of
from shared.telemetry.bounded import Bounded, NoAnswer

log = logging.getLogger(__name__)
SERVICES_HERE = Path(__file__).resolve().parent.parent.parent / "services"
SECONDS = 3.0
REVISION = re.compile(r"""^(down_)?revision\b[^=]*=\s*["']([^"']+)["']""", re.M)
MIGRATE = "Run `python -m shared.migrations up`."


def what_is_missing(service: str) -> str | None:
    """A sentence about what keeps the service from working; None when nothing does. Takes at most SECONDS."""
    try:
        found = question(service).ask()
    except NoAnswer:
        return f"The database has not answered within {SECONDS:.0f} seconds."
    except ProgrammingError:
        return f"The tables of {service} are not there. {MIGRATE}"
    except DBAPIError:
        return "The database cannot be reached."
    return what_is_behind(service, found)


def what_is_behind(service: str, found: str | None) -> str | None:
    """A database that is newer than the code is no trouble: the next version is being rolled out."""
    known, head = revisions(service)
    if head is None or found == head or (found and found not in known):
        return None
    return f"The tables of {service} are those of {found or 'no version'}; this code needs {head}. {MIGRATE}"


@cache
def question(service: str) -> Bounded[str | None]:
    return Bounded(lambda: version_of_tables(service), SECONDS)


def version_of_tables(service: str) -> str | None:
    has_tables = revisions(service)[1] is not None
    with engine_of(service).connect() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}"))
        there = (
            f"to_regclass('\"{service}\".timer') IS NOT NULL"  # messaging tables have no version of their own
        )
        version = f'SELECT version_num FROM "{service}".schema_version WHERE {there}'
        return connection.scalar(text(version if has_tables else "SELECT NULL"))


@cache
def revisions(service: str) -> tuple[frozenset[str], str | None]:
    """The migrations that the code knows, and the last of them."""
    known: set[str] = set()
    before: set[str] = set()
    for path in (SERVICES_HERE / service / "migrations").glob("[0-9]*.py"):
        for is_down, name in REVISION.findall(path.read_text()):
            (before if is_down else known).add(name)
    return frozenset(known), next(iter(known - before), None)
