"""Sign-ins in the audit log: those of the consultancy's people as they come, others by the day (day.py), and refusals by the hour."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from services.identity.audit.models.entry import BY_ITSELF, Actor, note, note_once_an_hour
from services.identity.models import Connection, Member, Organisation
from shared.database import sessions_of
from shared.problems import RuleBroken


def note_who_came(member: Member, connection: Connection, session: Session) -> None:
    """Somebody of the consultancy, who gives nothing without a name at home. Of a client's people nothing is noted at this moment."""
    if Organisation.ours(session).kind == "consultancy":
        note(session, "signed_in", Actor("own", member.id), about_id=connection.id)


@contextmanager
def refusals_noted(connection: Connection) -> Iterator[None]:
    """Notes that somebody whom the provider has vouched for was not let in, and why; not who, and in a transaction of its own."""
    try:
        yield
    except RuleBroken as refusal:
        with sessions_of("identity").begin() as own:
            note_once_an_hour(own, "sign_in_refused", BY_ITSELF, connection.id, {"why": refusal.code})
        raise
