"""Notes a day in the audit log once it is over, and has the head of the log mailed the morning after.

Who of a client's own people signed in is known by the day alone: a minute would stand beside what people give without a name, in the
database for ever (docs/privacy.md). Of administrators it is said who, of everybody else how many, in fives.
"""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.audit.models.entry import BY_ITSELF, Actor, AuditEntry, note
from services.identity.audit.timers import keep_the_days, mail_the_head_in_the_morning
from services.identity.base import beginning_of, today
from services.identity.models import Member, Organisation
from services.identity.people.models.member import holds
from shared.contracts.identity import AuditLogGrew
from shared.messaging.outbox import put_in_outbox

MAILED = "head_mailed"
FIVES = 5


def note_the_day_before(session: Session) -> None:
    """Notes yesterday's sign-ins at a client (the consultancy's people are noted as they come), and has the head of the log mailed."""
    day = today() - timedelta(days=1)
    if Organisation.ours(session).kind == "client":
        note_administrators_of(day, session)
        note_how_many_others(day, session)
    keep_the_days(session)
    mail_the_head_in_the_morning(session)


def note_administrators_of(day: date, session: Session) -> None:
    theirs = select(Member.id).where(Member.signed_in_on == day, holds("admin")).order_by(Member.id)
    for id in session.scalars(theirs):
        note(session, "signed_in", Actor("own", id), at=beginning_of(day))


def note_how_many_others(day: date, session: Session) -> None:
    """Small numbers point at people: one to four are at least none."""
    others = select(func.count()).select_from(Member).where(Member.signed_in_on == day, ~holds("admin"))
    if people := session.scalar(others):
        least = people - people % FIVES
        note(session, "employees_signed_in", BY_ITSELF, at=beginning_of(day), facts={"at_least": least})


def tell_the_head(session: Session) -> None:
    """Tells the seal of the last entry, once for each: that it was mailed is an entry too."""
    last = AuditEntry.last(session)
    if last is None or last.kind == MAILED:
        return
    put_in_outbox(session, [AuditLogGrew(entries=last.number, seal=last.hash.hex())])
    note(session, MAILED, BY_ITSELF, facts={"entry": last.number})
