"""A mail before it is sent: how many would get it, and its words, by the same code that writes it."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notification.mails.models.audience import those_concerned
from services.notification.mails.post import site_of, text_of
from services.notification.mails.texts import write
from services.notification.models import Organisation, Recipient
from shared.contracts.api.notification import Mail, Mailing
from shared.languages import LANGUAGES, speaking


def mailing(kind: str, run_id: UUID, facts: dict[str, Any] | None, session: Session) -> Mailing:
    """Returns the number of people whom an occasion with these facts would be told to now, and its mail in each language that
    one of them reads; facts None: nobody is told anything."""
    if facts is None:
        return Mailing(people=0, letters=[])
    concerned = those_concerned(kind, facts).order_by(None)
    reads = func.coalesce(Recipient.mail_language, Recipient.language)
    by_language = select(reads, func.count()).where(Recipient.id.in_(concerned)).group_by(reads)
    people = dict(session.execute(by_language).all())
    organisation = Organisation.ours(session)
    site = site_of(organisation.slug) if organisation else ""
    mails = [_mail_in(code, kind, run_id, facts, site) for code in LANGUAGES if code in people]
    return Mailing(people=sum(people.values()), letters=[mail for mail in mails if mail])


def _mail_in(language: str, kind: str, run_id: UUID, facts: dict[str, Any], site: str) -> Mail | None:
    with speaking(language):
        if (mail := write(kind, run_id, facts)) is None:
            return None
        return Mail(language=language, subject=mail.subject, text=text_of(mail, "", site))
