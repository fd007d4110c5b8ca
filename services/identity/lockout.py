"""`python -m services.identity.lockout show|reopen|confirm|open|lift SLUG ...`: lets a client in again that has locked itself out.

It takes two named people who both type their own name, and a reason: the client reads all three, and its administrators are
told by mail. `reopen` opens a closed way in, `confirm` says in the client's stead that a way in is theirs, and `open`
sets up a new one where the old provider is lost. `lift` asks for no second factor any longer.
"""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.models import Connection, Host, Organisation, WayInChange
from shared.database import sessions_of
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import acting_for
from shared.web.cleaning import shows_something

Ask = Callable[[str], str]


class TwoPeople(RuleBroken):
    """This takes two people: name both, each by first and last name, and let each type the own name. Nothing was changed."""


class WhyMissing(RuleBroken):
    """The client reads why its ways in were changed from outside. Give a reason: --because "..."."""


def organisation_called(slug: str) -> UUID:
    """The id of the client with this short name, or of the consultancy: it can lock itself out as well."""
    with acting_for(UUID(int=0)), sessions_of("identity")() as session:
        host = session.get(Host, slug)
    if host is None:
        raise NotFound(
            "There is no organisation of this short name. Look at its address: <short name>.<base domain>."
        )
    return host.organisation_id


def show(slug: str, out: Callable[[str], None]) -> None:
    """Every way in of a client: its id, and how it stands."""
    with acting_for(organisation_called(slug)), sessions_of("identity")() as session:
        for way in session.scalars(select(Connection).order_by(Connection.name, Connection.id)):
            out(f"{way.id} {standing(way)}: {way.name}, {way.issuer}, {' '.join(way.domains)}")


def standing(way: Connection) -> str:
    return f"{'closed' if way.closed_at else 'open'}, {'confirmed' if way.is_confirmed else 'not confirmed'}"


def reopen(slug: str, way_in: UUID, people: tuple[str, str], why: str) -> None:
    """Opens a way in again as it was; whether it is confirmed stays as it was, too."""
    mend(slug, lambda session: opened_again(way_in, session), people, why)


def opened_again(way_in: UUID, session: Session) -> Connection:
    connection = Connection.locked(way_in, session)
    connection.reopen(None, session)
    return connection


def confirm(slug: str, way_in: UUID, people: tuple[str, str], why: str) -> None:
    """Says that a way in is the client's, where nobody there can follow the link or set the records."""
    mend(slug, lambda session: confirmed(Connection.locked(way_in, session), session), people, why)


def confirmed(connection: Connection, session: Session) -> Connection:
    connection.confirm("operator", None, session)
    return connection


def lift(slug: str, people: tuple[str, str], why: str) -> None:
    """Asks for no second factor any longer, where a provider says no word of it and nobody could switch it off."""
    mend(slug, without_second_factor, people, why)


def without_second_factor(session: Session) -> Connection:
    Organisation.ours(session).second_factor_from = None
    return Connection.open_ones(session)[0]


def set_up(slug: str, way_in: dict, people: tuple[str, str], why: str) -> None:
    """Opens a new way in, confirmed at once; who signed in by another way to the same provider keeps the account."""
    mend(slug, lambda session: confirmed(opened(way_in, session), session), people, why)


def opened(way_in: dict, session: Session) -> Connection:
    """Its provider's words mean what they meant in the latest way in to it: else nobody would come back with a role."""
    theirs = select(Connection).filter_by(issuer=way_in["issuer"])
    latest = session.scalars(theirs.order_by(Connection.closed_at.desc().nulls_first()).limit(1)).first()
    meant: dict[str, Any] = {"claims": latest.claims, "role_names": latest.role_names} if latest else {}
    return Connection.set_up(session, **way_in, **meant, like=latest)


def mend(slug: str, act: Callable[[Session], Connection], people: tuple[str, str], why: str) -> None:
    """The act and its entry in the log, both or neither."""
    are_two(people)
    if not shows_something(why):
        raise WhyMissing
    with acting_for(organisation_called(slug)), sessions_of("identity").begin() as session:
        connection = act(session)
        session.flush()
        WayInChange.note(connection.id, "mended", None, session, operators=people, because=why.strip())


def are_two(people: tuple[str, str]) -> None:
    names = {" ".join(name.split()).casefold() for name in people}
    if len(names) != 2 or not all(len(name.split()) >= 2 for name in names):
        raise TwoPeople


def both_said_so(people: tuple[str, str], ask: Ask) -> None:
    """Each types the own name, so that nobody is named without being there."""
    for name in people:
        if ask(f"{name}, type your name: ").split() != name.split():
            raise TwoPeople


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity.lockout", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("show", help="the client's ways in").add_argument("slug", help="the client's short name")
    for name in ("reopen", "confirm", "open", "lift"):
        act = acts.add_parser(name)
        act.add_argument("slug", help="the client's short name")
        act.add_argument("--people", nargs=2, required=True, metavar="NAME", help="the two who do this")
        act.add_argument("--because", required=True, help="why: the client reads it")
    for name in ("reopen", "confirm"):
        acts.choices[name].add_argument("way_in", type=UUID, help="its id; `show` says it")
    for name in ("name", "issuer", "client-id"):
        acts.choices["open"].add_argument(f"--{name}", required=True)
    acts.choices["open"].add_argument("--domains", nargs="+", required=True)
    return parser


def main(arguments: list[str], ask: Ask = input, ask_secret: Ask = getpass.getpass) -> int:
    given = reader().parse_args(arguments)
    try:
        act_on(given, ask, ask_secret)
    except RuleBroken as refused:
        print(refused.sentence, file=sys.stderr)
        return 1
    return 0


def act_on(given: argparse.Namespace, ask: Ask, ask_secret: Ask) -> None:
    if given.act == "show":
        show(given.slug, print)
        return
    people = (given.people[0], given.people[1])
    are_two(people)
    both_said_so(people, ask)
    if given.act == "lift":
        lift(given.slug, people, given.because)
    elif given.act == "open":
        way_in = {name: getattr(given, name) for name in ("name", "issuer", "client_id", "domains")}
        set_up(given.slug, way_in | {"secret": ask_secret("Client secret: ")}, people, given.because)
    else:
        {"reopen": reopen, "confirm": confirm}[given.act](given.slug, given.way_in, people, given.because)
    print(f"Done, and logged: the administrators of {given.slug} are told by mail.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
