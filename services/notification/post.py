"""The post: takes an occasion's waiting notices, addresses and sends them by SMTP, and marks each one.

A mail cannot be rolled back, so each is marked in a transaction of its own right after it was sent. A kill between
the two sends it once more with the same Message-ID, by which mailboxes know it as the same mail (RFC 5322, 3.6.4).
"""

import re
import time
from collections.abc import Collection
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notification.addresses import Address, addresses_of, addresses_to_remind, secret_of_link
from services.notification.courier import Courier
from services.notification.letters import Letter, write
from services.notification.models import Appointment, Notice, Occasion, Organisation, Recipient
from services.notification.models.appointment import SENDS, sender
from services.notification.models.audience import ALWAYS_TOLD, REMINDER
from services.notification.models.occasion import A_WHILE, AT_ONCE, PUT_OFF_FOR
from shared.database import find, worker_sessions_of
from shared.languages import _, speaking
from shared.settings import base_domain, setting, web_port

SECONDS_A_ROUND = 15  # a round ends long before its lease (shared/errands.py)
# A header that is folded is also encoded where it has no blank, and no program finds the address in it.
UNFOLDED = SMTP.clone(max_line_length=998)
LONGEST_NAME = 80
NO_NAME = re.compile(r"[:/@]|\w\.\w\w|\d{4}")  # an address of a page or a mail, a telephone number
Letters = list[tuple[UUID, EmailMessage | None]]


def post(occasion_id: UUID) -> datetime | None:
    """Send an occasion's letters, as many as a round has time for; when to come back, None when nothing waits. No transaction
    is open while a letter travels, or while identity is asked. Raises MailIsAway or IdentityIsAway to be tried again."""
    until, put_off = time.monotonic() + SECONDS_A_ROUND, set[UUID]()
    while letters := written(occasion_id, put_off):
        put_off |= send(letters, until)
        if time.monotonic() > until:
            return datetime.now(UTC) + (A_WHILE if put_off else AT_ONCE)
    moment = next_attempt(occasion_id)
    return max(moment, datetime.now(UTC) + PUT_OFF_FOR) if moment and put_off else moment


def send(letters: Letters, until: float) -> set[UUID]:
    """One after the other; the notices whose mailboxes take them later, who hold up nobody else."""
    put_off = set()
    with Courier() as courier:
        for notice_id, mail in letters:
            state = courier.deliver(mail) if mail else "no_address"
            mark(notice_id, state)
            put_off |= {notice_id} if state == "later" else set()
            if time.monotonic() > until:
                break
    return put_off


def next_attempt(occasion_id: UUID) -> datetime | None:
    with worker_sessions_of("notification").begin() as session:
        return find(session, Occasion, occasion_id).next_attempt(session)


def written(occasion_id: UUID, put_off: Collection[UUID] = ()) -> Letters:
    """The next letters, each with the notice that it is of; None for a reader to whom nothing is to be sent."""
    sessions = worker_sessions_of("notification")
    with sessions.begin() as session:
        occasion = find(session, Occasion, occasion_id)
        notices = occasion.next_to_post(session, put_off)
    if not notices:
        return []
    addresses, facts = readers_of(occasion, [notice.member_id for notice in notices]), facts_of(occasion)
    with sessions.begin() as session:
        writer = Writer(occasion, facts, session)
        return [(notice.id, writer.mail(notice, addresses.get(notice.member_id))) for notice in notices]


def readers_of(occasion: Occasion, members: list[UUID]) -> dict[UUID, Address]:
    """Asks, with no transaction open meanwhile, for the addresses of those to write to."""
    if occasion.kind == REMINDER and occasion.run_id:
        return addresses_to_remind(occasion.run_id, occasion.facts["activities"], members)
    return addresses_of(members)


def facts_of(occasion: Occasion) -> dict[str, Any] | None:
    """Returns the facts that a mail tells, with a link's secret, asked for at this moment; None where that is over."""
    if not (link := occasion.facts.get("link_id")):
        return occasion.facts
    secret = secret_of_link(link)
    return occasion.facts | {"secret": secret} if secret else None


def mark(notice_id: UUID, state: str) -> None:
    """Notes what became of a notice, unless it has been let go of meanwhile."""
    with worker_sessions_of("notification").begin() as session:
        if notice := session.scalars(select(Notice).filter_by(id=notice_id)).one_or_none():
            find(session, Occasion, notice.occasion_id).settle(notice, state, session)


class Writer:
    """Writes the mails of one occasion, each in its reader's language."""

    def __init__(self, occasion: Occasion, facts: dict[str, Any] | None, session: Session) -> None:
        self.occasion, self.facts, self.session = occasion, facts, session
        organisation = Organisation.ours(session)
        self.site = site_of(organisation.slug) if organisation else ""
        members = select(Notice.member_id).filter_by(occasion_id=occasion.id, state="waiting")
        self.recipients = {
            each.id: each for each in session.scalars(select(Recipient).where(Recipient.id.in_(members)))
        }

    def mail(self, notice: Notice, address: Address | None) -> EmailMessage | None:
        """The mail of one notice; None when its reader has no address that mail can be sent to, or it brings nothing."""
        to, facts = (mailbox_of(address) if address else None), self.facts
        if to is None or facts is None:
            return None
        recipient = self.recipients[notice.member_id]
        with speaking(recipient.reads):
            letter = write(self.occasion.kind, self.occasion.run_id, facts)
            mail = self._headed(letter, notice, to, recipient)
            mail.set_content(text_of(letter, to.display_name, self.site), cte="quoted-printable")
            self._attach_calendar(letter, mail)
        mail["Content-Language"] = recipient.reads
        return mail

    def _headed(self, letter: Letter, notice: Notice, to: Mailbox, recipient: Recipient) -> EmailMessage:
        mail = EmailMessage(UNFOLDED)
        mail["From"] = Mailbox(SENDS, addr_spec=sender())
        mail["To"] = to
        mail["Subject"] = letter.subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = f"<{notice.id}@{base_domain()}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        if self.occasion.kind in ALWAYS_TOLD:
            return mail
        mail["List-Unsubscribe"] = f"<{self.site}/notices/stop/{recipient.stop_token}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        return mail

    def _attach_calendar(self, letter: Letter, mail: EmailMessage) -> None:
        if letter.appointment_id:
            appointment = find(self.session, Appointment, letter.appointment_id)
            content = appointment.calendar_file(self.site + letter.path)
            name = f"{appointment.kind}.ics"
            mail.add_attachment(
                content, "text", "calendar", filename=name, params={"method": "PUBLISH", "charset": "utf-8"}
            )


def text_of(letter: Letter, name: str, site: str) -> str:
    """The whole text of a mail to somebody with this name, in the language that is spoken now."""
    greeting = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    wishes = _("What you are told, and in which language, you choose here: %(url)s") % {
        "url": f"{site}/notices"
    }
    return "\n\n".join([greeting, *letter.paragraphs, site + letter.path, "--\n" + wishes]) + "\n"


def mailbox_of(address: Address) -> Mailbox | None:
    """As mail headers want it, on one line, a domain outside ASCII as the net knows it (RFC 3490); None for what is no address."""
    try:
        mailbox = Mailbox(greeted(address.name), addr_spec=address.email)
        domain = mailbox.domain.encode("idna").decode()
        mailbox = Mailbox(mailbox.display_name, mailbox.username, domain)
    except (ValueError, IndexError, HeaderParseError):  # the standard library has no one error for it
        return None
    return mailbox if mailbox.username and mailbox.domain else None


def greeted(name: str) -> str:
    """The name in one line; nothing where it says more than a name: a list of people may hold anybody's address, and a mail
    of ours says nothing that its administrator wrote."""
    name = " ".join(name.split())
    return "" if len(name) > LONGEST_NAME or NO_NAME.search(name) else name


def site_of(slug: str) -> str:
    """Where an organisation's people find their pages; POLKU_SITE is a pattern with {slug}."""
    return setting("SITE", f"http://{{slug}}.{base_domain()}:{web_port()}").format(slug=slug)
