"""`python -m infra.secrets rotate signing|database|vault`, `retire vault`, `forget vault` and `leave vault`: docs/operations/secrets.md says
when."""

import argparse
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg

from infra.secrets import rotation
from shared.settings import setting, state_directory

DONE = {
    "signing": "Everybody who signs has a new key. Tokens of the old ones end within two minutes.",
    "database": "Every role has a new password, and the database knows it. Polku may go on running.",
    "rotated": "Every vault has a new key; {rows} rows were sealed anew. The old keys still open: `retire vault` takes them away.",
    "retired": "No process has the old keys any more; {rows} rows had still to be sealed anew. For backups they stay in secrets.json.",
    "left": "The vault keys that once sealed keys of runs are retired. For backups they stay in secrets.json until `forget vault`.",
    "nothing": "No vault key in use has ever sealed a key of a run.",
    "forgotten": "The retired keys are gone. Backups from before the rotation cannot be read any more.",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.secrets", description=__doc__)
    parser.add_argument("act", choices=["rotate", "retire", "forget", "leave"])
    parser.add_argument("what", choices=["signing", "database", "vault"])
    chosen = parser.parse_args(arguments)
    if chosen.act != "rotate" and chosen.what != "vault":
        parser.error(f"Only a vault is to {chosen.act}; the others end by themselves.")
    home = state_directory()
    with one_at_a_time(home):
        print(carry_out(chosen.act, chosen.what, home))
    return 0


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    with open(home / "rotation.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def carry_out(act: str, what: str, home: Path) -> str:
    match act, what:
        case "rotate", "signing":
            rotation.rotate_signing(home)
            return DONE["signing"]
        case "rotate", "database":
            rotation.rotate_database(home, administrator)
            return DONE["database"]
        case "rotate", _:
            return DONE["rotated"].format(rows=rotation.rotate_vault(home, administrator))
        case "retire", _:
            return DONE["retired"].format(rows=rotation.retire_vault(home, administrator))
        case "leave", _:
            return DONE["left" if rotation.leave_the_vault_of_before(home, administrator) else "nothing"]
        case _:
            rotation.forget_retired_vault(home)
            return DONE["forgotten"]


def administrator(password: str) -> psycopg.Connection:
    where, _, database = setting("DATABASE").partition("/")
    host, _, port = where.partition(":")
    enter = partial(psycopg.connect, host=host, port=port or "5432", dbname=database, autocommit=True)
    return enter(user="postgres", password=password)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
