"""`python -m infra.development.shell` (`make shell`): Python with the nouns of all services and their sessions at hand.

    >>> with of("avi"), session("voting") as s:
    ...     s.scalars(select(voting.Ballot)).all()

What is changed is kept when the `with` ends without an exception, and told to others, as in a service.
"""

import code
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infra.development.running import organisation, organisations
from infra.processes.process import ROOT
from infra.trouble import CannotStart
from shared.database import sessions_of
from shared.settings import SERVICES
from shared.tenancy.sessions import acting_for

BANNER = """Polku's shell. Organisations: {organisations}. Services by name: {services}.

    with of("avi"), session("voting") as s:
        s.scalars(select(voting.Ballot)).all()
"""


def main() -> None:
    known = organisations()
    os.environ.setdefault("POLKU_PROCESS_NAME", "shell")
    at_hand = names()
    banner = BANNER.format(organisations=", ".join(known), services=", ".join(nouns()))
    with_history()
    code.interact(banner, local=at_hand, exitmsg="")


def names() -> dict[str, Any]:
    return {"of": of, "session": session, "select": select, "func": func, **nouns()}


def nouns() -> dict[str, Any]:
    """The models of each service, under its name."""
    have = [name for name in SERVICES if (ROOT / "services" / name / "models").exists()]
    return {name: import_module(f"services.{name}.models") for name in have}


def of(slug: str) -> acting_for:
    """Acts for that organisation inside `with`."""
    return acting_for(organisation(slug))


@contextmanager
def session(service: str) -> Iterator[Session]:
    """One transaction of a service, in its own role, for whom `of` says."""
    with sessions_of(service).begin() as begun:
        yield begun


def with_history() -> None:
    """Arrow keys and completion, where Python has them."""
    try:
        import readline
        import rlcompleter  # noqa: F401

        readline.parse_and_bind("tab: complete")
    except ImportError:
        return


if __name__ == "__main__":
    try:
        main()
    except CannotStart as problem:
        sys.exit(str(problem))
