"""`python -m services.identity.audit verify SLUG --heads MAILS...`: checks an organisation's audit log against the seals that were mailed.

`--heads` names files in which the mails were saved, whatever else stands in them; `--head 41:3a5c...` gives one by itself. With
`--export FILE` in place of the short name it checks a log that was taken along as JSON, and asks no database. It says which entry is
the first that is not what was sealed, and ends with 1. `export SLUG FILE` writes that JSON.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import msgspec

from services.identity.audit.chain import Break, Chain, Entry, HeadsDiffer, heads_in
from services.identity.audit.export import keep_in, read_again
from services.identity.audit.reading import entries_of
from services.identity.lockout import organisation_called
from shared.database import sessions_of
from shared.problems import RuleBroken
from shared.tenancy.sessions import acting_for


class Counted:
    """Entries that are counted as they pass."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries, self.number = entries, 0

    def __iter__(self):
        for entry in self.entries:
            self.number += 1
            yield entry


def verify_ours(slug: str, heads: dict[int, bytes]) -> int:
    tenant = organisation_called(slug)
    with acting_for(tenant), sessions_of("identity")() as session:
        return verify(tenant, entries_of(session), heads)


def verify_export(file: Path, heads: dict[int, bytes]) -> int:
    return verify(*read_again(file.read_bytes()), heads)


def verify(tenant: UUID, entries: Iterable[Entry], heads: dict[int, bytes]) -> int:
    """Says what is found; returns 0 where the log is what was sealed, else 1."""
    counted = Counted(entries)
    found = Chain(tenant, heads).first_break(counted)
    print(broken(found) if found else holds(counted.number, heads))
    return 1 if found else 0


def broken(found: Break) -> str:
    vouched = f"Up to entry {found.since} a mailed seal vouches for it." if found.since else ""
    return f"{found.sentence} {vouched}".strip()


def holds(entries: int, heads: dict[int, bytes]) -> str:
    """Without a seal from outside, whoever has the database could have sealed everything anew."""
    if not heads:
        return f"{entries} entries hold together. No mailed seal was given: somebody with the whole database could have sealed them anew."
    return f"{entries} entries hold together, and {len(heads)} mailed seals vouch for them up to entry {max(heads)}."


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity.audit", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    checks = acts.add_parser("verify", help="check a log")
    checks.add_argument("slug", nargs="?", help="the organisation's short name")
    checks.add_argument("--export", type=Path, help="a log that was taken along as JSON")
    checks.add_argument("--heads", type=Path, nargs="+", default=[], help="files with the mails")
    checks.add_argument("--head", nargs="+", default=[], help="seals, such as 41:3a5c...")
    writes = acts.add_parser("export", help="write a log into a file")
    writes.add_argument("slug", help="the organisation's short name")
    writes.add_argument("file", type=Path)
    return parser


def main(arguments: list[str]) -> int:
    parser = reader()
    asked = parser.parse_args(arguments)
    if asked.act == "verify" and bool(asked.slug) == bool(asked.export):
        parser.error("give a short name, or --export with a file")
    try:
        return act_on(asked)
    except RuleBroken as refused:
        print(refused.sentence, file=sys.stderr)
    except msgspec.DecodeError:
        print(f"{asked.export} is no audit log that was taken along as JSON.", file=sys.stderr)
    except (HeadsDiffer, OSError) as trouble:
        print(trouble, file=sys.stderr)
    return 1


def act_on(asked: argparse.Namespace) -> int:
    if asked.act == "export":
        with acting_for(organisation_called(asked.slug)), sessions_of("identity")() as session:
            keep_in(asked.file, session)
        return 0
    heads = heads_in("\n".join([*asked.head, *(file.read_text(errors="replace") for file in asked.heads)]))
    return verify_export(asked.export, heads) if asked.export else verify_ours(asked.slug, heads)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
