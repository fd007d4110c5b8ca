"""The post: takes an occasion's waiting notices, addresses and sends them by SMTP, and marks each one.

A mail cannot be rolled back, so each is marked in a transaction of its own right after it was sent. A kill between
the two sends it once more with the same Message-ID, by which mailboxes know it as the same mail (RFC 5322, 3.6.4).
"""

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notification.mails.addresses import (
    Address,
    Sender,
    addresses_at_session,
    addresses_of,
    addresses_to_remind,
    secret_of_link,
    sender_of_mails,
)
from services.notification.mails.courier import NOT_REMINDED, BrokeOff, Courier, MailIsAway, Outcome
from services.notification.mails.models.appointment import SENDS, sender
from services.notification.mails.models.audience import ALWAYS_TOLD, ASKED_WHEN_SENT, OF_SESSIONS, REMINDER
from services.notification.mails.models.occasion import A_WHILE, AT_ONCE, PUT_OFF_FOR
from services.notification.mails.texts import Mail, write
from services.notification.models import Appointment, MailOutage, Notice, Occasion, Organisation, Recipient
from shared.database import find, worker_sessions_of
from shared.languages import _, speaking
from shared.mail_addresses import mailbox_at, why_no_mailbox
from shared.settings import base_domain, setting, web_port

SECONDS_A_ROUND = 15  # a round ends long before its lease (shared/messaging/jobs.py)
# A header that is folded is also encoded where it has no blank, and no program finds the address in it.
UNFOLDED = SMTP.clone(max_line_length=998)
LONGEST_NAME = 80
NO_NAME = re.compile(r"[:/@]|\w\.\w\w|\d{4}")  # an address of a page or a mail, a telephone number
BROKE_OFF = Outcome("later", "broke_off")


@dataclass(frozen=True)
class Posting:
    """A notice as it is sent; or what becomes of it where there is nothing to send."""

    notice_id: UUID
    message: EmailMessage | Outcome
    was_put_off: bool  # earlier, for its own sake


Postings = list[Posting]


def post(occasion_id: UUID) -> datetime | None:
    """Sends an occasion's mails, as many as a round has time for; returns when to come back, None when nothing waits. No transaction
    is open while a mail travels, or while identity is asked. Raises MailIsAway, which whoever runs Polku is shown, or IdentityIsAway,
    to be tried again."""
    try:
        come_back = sent_until_time_is_over(occasion_id)
    except MailIsAway as away:
        with worker_sessions_of("notification").begin() as session:
            MailOutage.note(occasion_id, away, session)
        raise
    with worker_sessions_of("notification").begin() as session:
        MailOutage.is_over(occasion_id, session)
    return come_back


def sent_until_time_is_over(occasion_id: UUID) -> datetime | None:
    until, put_off = time.monotonic() + SECONDS_A_ROUND, set[UUID]()
    while postings := written(occasion_id, put_off):
        put_off |= send(postings, until)
        if time.monotonic() > until:
            return datetime.now(UTC) + (A_WHILE if put_off else AT_ONCE)
    moment = next_attempt(occasion_id)
    return max(moment, datetime.now(UTC) + PUT_OFF_FOR) if moment and put_off else moment


def send(postings: Postings, until: float) -> set[UUID]:
    """Sends one after the other and returns the notices that are tried later, which hold up nobody else."""
    this = Round()
    with Courier() as courier:
        for posting in postings:
            if time.monotonic() > until:
                break
            if isinstance(posting.message, EmailMessage):
                this.carry(posting, posting.message, courier)
    this.ends()
    return this.put_off if time.monotonic() > until else this.put_off | without_mail(postings, this.put_off)


class Round:
    """Mails that go out one after the other. Where the server breaks off at a mail, the others tell whose fault it is: if they are
    sent, the mail's, from then on; if it breaks off at the next one too, or nothing is sent, its own."""

    def __init__(self) -> None:
        self.put_off, self.sends = set[UUID](), False
        self.unclear: tuple[UUID, BrokeOff] | None = None

    def carry(self, posting: Posting, message: EmailMessage, courier: Courier) -> None:
        """Raises MailIsAway for what concerns all mails."""
        try:
            outcome = courier.deliver(message)
        except BrokeOff as error:
            self._broke_off_at(posting, error)
        else:
            self._mark(posting.notice_id, outcome)
            if outcome.state == "sent":
                self.sends = True
                self.ends()

    def ends(self) -> None:
        """Raises MailIsAway where the server has broken off and nothing was sent."""
        if self.unclear and not self.sends:
            raise self.unclear[1]
        if self.unclear:
            self._mark(self.unclear[0], BROKE_OFF)
            self.unclear = None

    def _broke_off_at(self, posting: Posting, error: BrokeOff) -> None:
        if posting.was_put_off:
            self._mark(posting.notice_id, BROKE_OFF)
        elif self.unclear:
            raise error
        else:
            self.unclear = posting.notice_id, error

    def _mark(self, notice_id: UUID, outcome: Outcome) -> None:
        self.put_off |= mark(notice_id, outcome)


def without_mail(postings: Postings, put_off: set[UUID]) -> set[UUID]:
    """Marks those to whom nothing is sent. Who is not reminded stays, and is returned, as long as the mailbox of somebody who is puts a
    mail off: what is left of the list is never of those alone who have not taken part."""
    kept = set()
    for posting in postings:
        if posting.message is NOT_REMINDED and put_off:
            kept.add(posting.notice_id)
        elif isinstance(posting.message, Outcome):
            mark(posting.notice_id, posting.message)
    return kept


def next_attempt(occasion_id: UUID) -> datetime | None:
    with worker_sessions_of("notification").begin() as session:
        return find(session, Occasion, occasion_id).next_attempt(session)


def written(occasion_id: UUID, put_off: Collection[UUID] = ()) -> Postings:
    """The next mails, each with the notice that it is of; None for a reader to whom nothing is to be sent."""
    sessions = worker_sessions_of("notification")
    with sessions.begin() as session:
        occasion = find(session, Occasion, occasion_id)
        notices = occasion.next_to_post(session, put_off)
    if not notices:
        return []
    addresses, facts = readers_of(occasion, [notice.member_id for notice in notices]), facts_of(occasion)
    in_the_name_of = sender_of_mails()
    with sessions.begin() as session:
        writer = Writer(occasion, facts, in_the_name_of, session)
        return [writer.posting(notice, addresses.get(notice.member_id)) for notice in notices]


def readers_of(occasion: Occasion, members: list[UUID]) -> dict[UUID, Address]:
    """Asks, with no transaction open meanwhile, for the addresses of those to write to."""
    if occasion.kind == REMINDER and occasion.run_id:
        return addresses_to_remind(occasion.run_id, occasion.facts["activities"], members)
    if occasion.kind in OF_SESSIONS and occasion.run_id:
        of = occasion.facts["session_id"], occasion.facts.get("telling")
        return addresses_at_session(occasion.run_id, *of, members)
    return addresses_of(members)


def facts_of(occasion: Occasion) -> dict[str, Any] | None:
    """Returns the facts that a mail tells, with a link's secret, asked for at this moment; None where that is over."""
    if not (link := occasion.facts.get("link_id")):
        return occasion.facts
    secret = secret_of_link(link)
    return occasion.facts | {"secret": secret} if secret else None


def mark(notice_id: UUID, outcome: Outcome) -> set[UUID]:
    """Notes what became of a notice, unless it has been let go of meanwhile; returns it where it is tried again."""
    with worker_sessions_of("notification").begin() as session:
        if notice := session.scalars(select(Notice).filter_by(id=notice_id)).one_or_none():
            find(session, Occasion, notice.occasion_id).settle(notice, outcome, session)
    return {notice_id} if outcome.state in ("later", "unsure") else set()


class Writer:
    """Writes the mails of one occasion, each in its reader's language."""

    def __init__(
        self, occasion: Occasion, facts: dict[str, Any] | None, sender: Sender, session: Session
    ) -> None:
        self.occasion, self.facts, self.sender, self.session = occasion, facts, sender, session
        organisation = Organisation.ours(session)
        self.site = site_of(organisation.slug) if organisation else ""
        members = select(Notice.member_id).filter_by(occasion_id=occasion.id, state="waiting")
        self.recipients = {
            each.id: each for each in session.scalars(select(Recipient).where(Recipient.id.in_(members)))
        }

    def posting(self, notice: Notice, address: Address | None) -> Posting:
        return Posting(notice.id, self.message(notice, address), notice.attempts > 0)

    def message(self, notice: Notice, address: Address | None) -> EmailMessage | Outcome:
        """Returns the mail of one notice; or what becomes of it where its reader has no address that mail can be sent to, or it would
        bring nothing."""
        to, facts = (mailbox_of(address) if address else None), self.facts
        if facts is None:
            return Outcome("no_address", "over")
        if address is None and self.occasion.kind in ASKED_WHEN_SENT:
            return NOT_REMINDED
        if address is None or to is None:
            return Outcome("no_address", why_no_mailbox(address.email if address else ""))
        recipient = self.recipients[notice.member_id]
        with speaking(recipient.reads):
            mail = write(self.occasion.kind, self.occasion.run_id, facts | address.facts)
            if mail is None:
                return NOT_REMINDED
            message = self._headed(mail, notice, to, recipient)
            message.set_content(text_of(mail, to.display_name, self.site), cte="quoted-printable")
            self._attach_calendar(mail, message, to)
        message["Content-Language"] = recipient.reads
        return message

    def _headed(self, mail: Mail, notice: Notice, to: Mailbox, recipient: Recipient) -> EmailMessage:
        message = EmailMessage(UNFOLDED)
        message["From"] = Mailbox(self._in_the_name_of, addr_spec=sender())
        message["To"] = to
        if answers := mailbox_of(Address("", self.sender.reply_to or "")):
            message["Reply-To"] = answers
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{notice.id}@{base_domain()}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        if self.occasion.kind in ALWAYS_TOLD:
            return message
        message["List-Unsubscribe"] = f"<{self.site}/notices/stop/{recipient.stop_token}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        return message

    @property
    def _in_the_name_of(self) -> str:
        return greeted(self.sender.name) or SENDS

    def _attach_calendar(self, mail: Mail, message: EmailMessage, to: Mailbox) -> None:
        if mail.appointment_id:
            appointment = find(self.session, Appointment, mail.appointment_id)
            attendee = to.addr_spec if mail.entry.method != "PUBLISH" else ""
            entry = replace(mail.entry, attendee=attendee, organizer=self._in_the_name_of)
            content, name = (
                appointment.calendar_file(self.site + mail.path, entry),
                f"{appointment.kind}.ics",
            )
            how = {"method": entry.method, "charset": "utf-8"}
            message.add_attachment(content, "text", "calendar", filename=name, params=how)


def text_of(mail: Mail, name: str, site: str) -> str:
    """The whole text of a mail to somebody with this name, in the language that is spoken now."""
    greeting = _("Hello %(name)s,") % {"name": name} if name else _("Hello,")
    wishes = _("What you are told, and in which language, you choose here: %(url)s") % {
        "url": f"{site}/notices"
    }
    return "\n\n".join([greeting, *mail.paragraphs, site + mail.path, "--\n" + wishes]) + "\n"


def mailbox_of(address: Address) -> Mailbox | None:
    """As mail headers want it, on one line; None for what is no address."""
    return mailbox_at(address.email, greeted(address.name))


def greeted(name: str) -> str:
    """The name in one line; nothing where it says more than a name: a list of people may hold anybody's address, and a mail
    of ours says nothing that its administrator wrote."""
    name = " ".join(name.split())
    return "" if len(name) > LONGEST_NAME or NO_NAME.search(name) else name


def site_of(slug: str) -> str:
    """Returns the address of an organisation's pages; POLKU_SITE is a pattern with {slug}."""
    return setting("SITE", f"http://{{slug}}.{base_domain()}:{web_port()}").format(slug=slug)
