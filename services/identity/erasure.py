"""`python -m services.identity.erasure suspend|reopen|erase|show`: the end of a client, by the operator's hand.

A suspended client loses nothing and can be reopened; after thirty days it can be erased. Erasing asks twice, destroys the
keys behind all pseudonyms first, and is done when every service has answered (`show`).
"""

import argparse
import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.audit.export import keep_in
from services.identity.audit.models.entry import OPERATOR, note
from services.identity.bootstrap import already_open
from services.identity.models import Erasure, Host, Organisation, PseudonymKey, SignInSession
from services.identity.tenants.models.organisation import LeadsOthers
from shared.contracts.identity import TenantErased
from shared.database import sessions_of
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import acting_for

Ask = Callable[[str], str]


class CannotKeepTheLog(RuleBroken):
    """The client's audit log could not be written into a new file, so nothing was erased. Name another file: --log FILE."""


def client_called(slug: str) -> tuple[UUID, UUID]:
    """The ids of a client and of the consultancy that leads it."""
    with acting_for(UUID(int=0)), sessions_of("identity")() as session:
        host = session.get(Host, slug)
    if host is None:
        raise NotFound(
            "There is no client of this short name. Look at its address: <short name>.<base domain>."
        )
    with acting_for(host.organisation_id), sessions_of("identity")() as session:
        client = Organisation.ours(session)
        if client.consultancy_id is None:
            raise LeadsOthers
        return host.organisation_id, client.consultancy_id


def suspend(slug: str, why: str, by: str) -> None:
    """Locks the organisation: nobody gets in any more, those who are in are out; nothing is lost."""
    client, consultancy = client_called(slug)
    with acting_for(consultancy), sessions_of("identity").begin() as session:
        Erasure.begin(client, now(), by, why, session)
    with acting_for(client), sessions_of("identity").begin() as session:
        Organisation.ours(session).suspend(now())
        SignInSession.end_all(session)
        note(session, "rooms_closed", OPERATOR)


def reopen(slug: str) -> None:
    """Everything is as it was."""
    client, consultancy = client_called(slug)
    with acting_for(consultancy), sessions_of("identity").begin() as session:
        erasure = Erasure.of(client, session)
        erasure.is_not_ordered()
        session.delete(erasure)
    with acting_for(client), sessions_of("identity").begin() as session:
        Organisation.ours(session).reopen()
        note(session, "rooms_reopened", OPERATOR)


def erase(slug: str, by: str, log: Path | None = None) -> UUID:
    """For ever. The keys go first: what a service or a back-up still holds can be tied to nobody from then on. `log`: the file in which
    the client's audit log is kept."""
    client, consultancy = client_called(slug)
    with acting_for(consultancy), sessions_of("identity").begin() as session:
        Erasure.of(client, session).order(now(), by)
        if log:
            keep_the_log(client, log)
    with acting_for(client), sessions_of("identity").begin() as session:
        destroy_all_keys(session)
        Organisation.ours(session).tell(TenantErased(consultancy_id=consultancy))
    return client


def keep_the_log(client: UUID, file: Path) -> None:
    """Takes the client's audit log along before it goes with everything else. Raises CannotKeepTheLog where that fails."""
    try:
        with acting_for(client), sessions_of("identity")() as theirs:
            keep_in(file, theirs)
    except OSError as trouble:
        raise CannotKeepTheLog from trouble
    print(f"Its audit log is in {file}: give it to the client.")


def destroy_all_keys(session: Session) -> None:
    for key in session.scalars(select(PseudonymKey)):
        key.destroy(session)


def show(out: Callable[[str], None]) -> None:
    """Every suspended or erased client, by id: who has answered, who is still silent."""
    consultancy = already_open()
    if consultancy is None:
        return
    with acting_for(consultancy), sessions_of("identity")() as session:
        for erasure in session.scalars(select(Erasure).order_by(Erasure.suspended_at)):
            out(standing(erasure, session))


def standing(erasure: Erasure, session: Session) -> str:
    if erasure.erased_at is None:
        return f"{erasure.client_id} suspended {erasure.suspended_at:%Y-%m-%d}"
    answers, silent = erasure.answers(session), erasure.still_silent(session)
    forgotten = f"{len(answers)} services have forgotten {sum(answers.values())} rows"
    waiting = f"; still silent: {', '.join(silent)}" if silent else "; nothing is left"
    return f"{erasure.client_id} erased {erasure.erased_at:%Y-%m-%d}: {forgotten}{waiting}."


def now() -> datetime:
    return datetime.now(UTC)


def asked_twice(slug: str, ask: Ask) -> bool:
    print(
        f"Everything of {slug} goes, in every service, for ever: people, views, votes, workbook, ground rules."
    )
    return ask("Type its short name: ") == slug and ask(f'Type "erase {slug}": ') == f"erase {slug}"


def reader() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.identity.erasure", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ("suspend", "reopen", "erase"):
        acts.add_parser(name).add_argument("slug", help="the client's short name")
    acts.choices["suspend"].add_argument("--because", required=True, help="why: it goes on record")
    acts.choices["erase"].add_argument("--log", type=Path, help="where its audit log is kept for the client")
    acts.add_parser("show", help="what has been suspended and erased, and who has answered")
    return parser


def main(arguments: list[str], ask: Ask = input) -> int:
    given = reader().parse_args(arguments)
    try:
        return act_on(given, ask)
    except RuleBroken as refused:
        print(refused.sentence, file=sys.stderr)
        return 1


def act_on(given: argparse.Namespace, ask: Ask) -> int:
    if given.act == "show":
        show(print)
    elif given.act == "suspend":
        suspend(given.slug, given.because, getpass.getuser())
        print(f"Nobody of {given.slug} gets in any more. It can be reopened, or erased after thirty days.")
    elif given.act == "reopen":
        reopen(given.slug)
        print(f"The people of {given.slug} get in again.")
    elif not asked_twice(given.slug, ask):
        print("That is not what was asked for. Nothing was erased.", file=sys.stderr)
        return 1
    else:
        client = erase(given.slug, getpass.getuser(), given.log or Path(f"audit-log-{given.slug}.json"))
        print(f"Its keys are destroyed and the services erase. See how far they are with `show`: {client}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
