"""`python -m infra.keys open SLUG RUN PURPOSE NUMBER --people NAME NAME --because WHY`: whose number it is, while its key lives.

For the day on which a court, or a life in danger, demands it. It takes two named people who both type their own name, and a reason, and
answers for one number at a time; who asked for what and why is in the log (`keys/identity/openings`) before the answer is looked for.
The answer is in no log.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.lockout import TwoPeople, are_two, both_said_so
from services.identity.models import Host, Member, PseudonymKey
from services.identity.models.pseudonym import PURPOSES
from shared.cleaning import shows_something
from shared.database import worker_sessions_of
from shared.keys import append, folder_of_keys
from shared.tenancy import acting_for

Ask = Callable[[str], str]
NO_CLIENT = "There is no organisation of this short name. Look at its address: <short name>.<base domain>."
NO_REASON = 'Whoever reads the log wants to know why. Give a reason: --because "...". Nothing was opened.'
NO_RUN = "This organisation has no such run. Nothing was opened."
DEAD = "The key of this run and purpose is destroyed: nobody can tell any more whose number it was."
NOBODY = "Nobody who is a member today has this number."
FOUND = "It is the number of {name} ({email}), member {id}."


class NotOpened(Exception):
    """The message says why, and what to do."""


def open_number(slug: str, run: UUID, purpose: str, number: UUID, people: tuple[str, str], why: str) -> str:
    """Returns the sentence that answers, after it was written down that these two have asked."""
    are_two(people)
    if not shows_something(why):
        raise NotOpened(NO_REASON)
    organisation = organisation_called(slug)
    with acting_for(organisation), worker_sessions_of("identity")() as session:
        key = PseudonymKey.of(run, purpose, session)
        if key is None:
            raise NotOpened(NO_RUN)
        asked = {"organisation": organisation, "run": run, "purpose": purpose, "number": number}
        write_down(people=people, because=why.strip(), **asked)
        return whose(number, key, session)


def organisation_called(slug: str) -> UUID:
    with acting_for(UUID(int=0)), worker_sessions_of("identity")() as session:
        host = session.get(Host, slug)
    if host is None:
        raise NotOpened(NO_CLIENT)
    return host.organisation_id


def whose(number: UUID, key: PseudonymKey, session: Session) -> str:
    if not key.lives:
        return DEAD
    for member in session.scalars(select(Member).where(Member.id.in_(key.people_behind({number}, session)))):
        return FOUND.format(name=member.name, email=member.email, id=member.id)
    return NOBODY


def log_of_openings() -> Path:
    """Outside the database, beside the ledger of identity's dead keys."""
    return folder_of_keys() / "identity" / "openings"


def write_down(**opening: object) -> None:
    """Appends a line and returns when it is on the disk."""
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "user": getpass.getuser(), **opening}
    append(log_of_openings(), [json.dumps(told, default=str, ensure_ascii=False)])


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.keys", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    act = acts.add_parser("open", help="whose number it is, while its key lives")
    act.add_argument("slug", help="the organisation's short name")
    act.add_argument("run", type=UUID)
    act.add_argument("purpose", choices=PURPOSES)
    act.add_argument("number", type=UUID, help="the one that is asked for")
    act.add_argument("--people", nargs=2, required=True, metavar="NAME", help="the two who do this")
    act.add_argument("--because", required=True, help="why: it stays in the log")
    return parser


def main(arguments: list[str], ask: Ask = input) -> int:
    asked = reader().parse_args(arguments)
    people = (asked.people[0], asked.people[1])
    try:
        are_two(people)
        both_said_so(people, ask)
        print(open_number(asked.slug, asked.run, asked.purpose, asked.number, people, asked.because))
    except (NotOpened, TwoPeople) as refused:
        print(getattr(refused, "sentence", refused), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
