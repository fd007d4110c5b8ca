"""`python -m infra.keys open ORGANISATION RUN PURPOSE NUMBER --people NAME NAME --because WHY`: whose number it is, while its key lives;
`python -m infra.keys author ORGANISATION RUN VIEW ...`: under which number a view was written, as long.

For the day on which a court, or a life in danger, demands it. It takes two named people who both type their own name, and a reason, and
answers for one thing at a time; who asked for what and why is in the log (`keys/<service>/openings`) before the answer is looked for.
The answer is in no log. Of a view it takes both, one after the other: no service has both keys.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.keys.files import log_of_openings
from services.identity.lockout import TwoPeople, are_two, both_said_so
from services.identity.models import Host, Member, PseudonymKey
from services.identity.pseudonyms.models.pseudonym import PURPOSES
from services.survey.authors import author_of
from services.survey.models import Collecting
from shared.database import worker_sessions_of
from shared.privacy.keys import KeyIsDead, append
from shared.tenancy.sessions import acting_for
from shared.web.cleaning import shows_something

Ask = Callable[[str], str]
NO_CLIENT = "There is no organisation of this short name. Look at its address: <short name>.<base domain>."
NO_REASON = 'Whoever reads the log wants to know why. Give a reason: --because "...". Nothing was opened.'
NO_RUN = "This organisation has no such run. Nothing was opened."
DEAD = "The key of this run and purpose is destroyed: nobody can tell any more whose it was."
NOBODY = "Nobody who is a member today has this number."
FOUND = "It is the number of {name} ({email}), member {id}."
NO_AUTHOR = "No author of this run has written this view."
WRITTEN = "It was written under the number {number} of the purpose survey."


class NotOpened(Exception):
    """The message says why, and what to do."""


class Opening(NamedTuple):
    """The request of two people to open one thing, and their reason."""

    organisation: UUID
    run: UUID
    about: UUID
    people: tuple[str, str]
    why: str
    purpose: str = "survey"

    def write_down(self, service: str, what: str) -> None:
        """Appends a line to the service's log and returns when it is on the disk."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        entry: dict[str, object] = {
            "at": when,
            "user": getpass.getuser(),
            "people": self.people,
            "because": self.why.strip(),
        }
        entry |= {
            "organisation": self.organisation,
            "run": self.run,
            "purpose": self.purpose,
            what: self.about,
        }
        append(log_of_openings(service), [json.dumps(entry, default=str, ensure_ascii=False)])


def open_number(opening: Opening) -> str:
    """Returns the sentence that says whose number it is, after it was written down who has asked."""
    with acting_for(opening.organisation), worker_sessions_of("identity")() as session:
        key = PseudonymKey.of(opening.run, opening.purpose, session)
        if key is None:
            raise NotOpened(NO_RUN)
        opening.write_down("identity", "number")
        return whose(opening.about, key, session)


def whose(number: UUID, key: PseudonymKey, session: Session) -> str:
    if not key.lives:
        return DEAD
    people = {member.id: member for member in session.scalars(select(Member))}
    for id, made in key.pseudonyms(people).items():
        if made == number:
            return FOUND.format(name=people[id].name, email=people[id].email, id=id)
    return NOBODY


def open_view(opening: Opening) -> str:
    """Returns the sentence that says under which number a view was written, after it was written down who has asked."""
    with acting_for(opening.organisation), worker_sessions_of("survey")() as session:
        if session.scalars(select(Collecting).filter_by(id=opening.run)).one_or_none() is None:
            raise NotOpened(NO_RUN)
        opening.write_down("survey", "view")
        try:
            number = author_of(opening.about, opening.run, session)
        except KeyIsDead:
            return DEAD
        return WRITTEN.format(number=number) if number else NO_AUTHOR


def organisation_called(name: str) -> UUID:
    """By its short name, or by its id, where the tables of identity are not at hand."""
    try:
        return UUID(name)
    except ValueError:
        pass
    with acting_for(UUID(int=0)), worker_sessions_of("identity")() as session:
        host = session.get(Host, name)
    if host is None:
        raise NotOpened(NO_CLIENT)
    return host.organisation_id


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.keys", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    for name, what in (("open", "whose number it is"), ("author", "under which number a view was written")):
        act = acts.add_parser(name, help=f"{what}, while its key lives")
        act.add_argument("organisation", help="its short name, or its id")
        act.add_argument("run", type=UUID)
        act.add_argument("--people", nargs=2, required=True, metavar="NAME", help="the two who do this")
        act.add_argument("--because", required=True, help="why: it stays in the log")
    acts.choices["open"].add_argument("purpose", choices=PURPOSES)
    acts.choices["open"].add_argument("about", metavar="number", type=UUID)
    acts.choices["author"].add_argument("about", metavar="view", type=UUID)
    return parser


def main(arguments: list[str], ask: Ask = input) -> int:
    chosen = reader().parse_args(arguments)
    try:
        print(answer(chosen, ask))
    except (NotOpened, TwoPeople) as refused:
        print(getattr(refused, "sentence", refused), file=sys.stderr)
        return 1
    return 0


def answer(chosen: argparse.Namespace, ask: Ask) -> str:
    people = (chosen.people[0], chosen.people[1])
    are_two(people)
    both_said_so(people, ask)
    if not shows_something(chosen.because):
        raise NotOpened(NO_REASON)
    about = (organisation_called(chosen.organisation), chosen.run, chosen.about, people, chosen.because)
    if chosen.act == "author":
        return open_view(Opening(*about))
    return open_number(Opening(*about, chosen.purpose))
