"""Carries mails to the mail server, and says of each what became of it. What the server has against us holds up everything and loses
nothing; what it has against one mailbox concerns that mail alone.

Replies: RFC 5321, 4.2; enhanced status codes: RFC 3463 and the registry of RFC 5248.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from services.notification.mails.smtp import Conversation, TooSlow
from shared.settings import setting

# A round opens a connection and begins its last mail before SECONDS_A_ROUND: together less than the lease of an job, so that
# nobody else carries the same mails meanwhile.
SECONDS_TO_OPEN, SECONDS_A_MAIL = 30, 60
CLOSING = 421  # of the server, not of one mail
ENHANCED = re.compile(r"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
OUR_ADDRESS = {(1, 7), (1, 8)}  # what is wrong with whoever sends
TOO_BIG = (3, 4)
OF_THE_MAILBOX = (
    1,
    2,
    4,
    6,
)  # address, mailbox, the way to it, content; system, protocol and policy are between the server and us
NO_SUCH_MAILBOX = {550, 551, 552, 553}
LONGEST_ANSWER = 200


@dataclass(frozen=True)
class Outcome:
    """The outcome of sending a mail: sent, refused for good, no_address, later, or unsure where the server was silent after it had the
    mail; and why, in a word that a page can say in a sentence."""

    state: str
    why: str | None = None


SENT = Outcome("sent")
NOT_REMINDED = Outcome("no_address")  # who has taken part, or has no address: identity does not tell which
WHY = {
    (2, 2): "mailbox_full",
    (1, 2): "no_such_domain",
    (1, 10): "no_such_domain",
    (1, 3): "address_not_taken",
    (6, 7): "address_not_taken",
    TOO_BIG: "not_taken",
}
WHY_BY_SUBJECT = {1: "no_such_mailbox", 2: "no_such_mailbox", 4: "no_such_domain"}


class MailIsAway(RuntimeError):
    """The mail server does not answer, says later, or takes no mail of ours: the mails wait, and we try again.

    `kind` is unreachable, tls, slow, broke_off, lacks (what we ask for is not offered) or answered; `step` the command that it
    answered, `answer` its words without addresses."""

    def __init__(self, kind: str, step: str, answer: str = "") -> None:
        super().__init__(f"the mail server takes no mail of ours: {kind} at {step} {answer}".rstrip())
        self.kind, self.step, self.answer = kind, step, answer


class BrokeOff(MailIsAway):
    """The server closed the connection or talked nonsense before it had this mail: its own trouble, or this mail's."""


class Courier:
    """One connection to the mail server at a time."""

    smtp: Conversation | None = None

    def __enter__(self) -> "Courier":
        self._open()
        return self

    def __exit__(self, *error: object) -> None:
        self._close()

    def deliver(self, mail: EmailMessage) -> Outcome:
        """Says what became of it; raises MailIsAway for what concerns all mails, BrokeOff for what may concern this one. A server
        that has closed a connection which was good for others is given the mail once more."""
        if self.smtp is None or self.smtp.was_cut:
            return self._carried(mail, self._open())
        try:
            return self._carried(mail, self.smtp)
        except BrokeOff as error:
            if error.kind == "slow":
                raise
            return self._carried(mail, self._open())

    def _open(self) -> Conversation:
        self._close()
        host, _colon, port = setting("SMTP", "127.0.0.1:8025").partition(":")
        self.smtp = smtp = Conversation()
        smtp.may_last(SECONDS_TO_OPEN)
        try:
            smtp.begin(host, int(port or 25))
            if setting("SMTP_STARTTLS", "no") == "yes":
                smtp.starttls(context=trusted())
            smtp.ehlo_or_helo_if_needed()
            if user := setting("SMTP_USER", ""):
                smtp.login(user, setting("SMTP_PASSWORD"))
        except (OSError, TooSlow) as error:
            self._close()
            raise MailIsAway(kind_of(error), smtp.step, answer_in(error)) from None
        return smtp

    def _carried(self, mail: EmailMessage, smtp: Conversation) -> Outcome:
        smtp.may_last(SECONDS_A_MAIL)
        try:
            smtp.send_message(mail)
        except smtplib.SMTPNotSupportedError:  # mails of an address that this server cannot write
            return Outcome("refused", "address_not_taken")
        except smtplib.SMTPRecipientsRefused as error:
            [(code, reason)] = error.recipients.values()
            return self._judged(code, words_of(reason), smtp, error)
        except smtplib.SMTPResponseException as error:
            return self._judged(error.smtp_code, words_of(error.smtp_error), smtp, error)
        except (OSError, TooSlow) as error:
            return self._broken_off(smtp, error)
        return SENT

    def _judged(self, code: int, reason: str, smtp: Conversation, error: Exception) -> Outcome:
        if 200 <= code < 300 and smtp.has_content:
            return SENT
        if not 400 <= code < 600 or code == CLOSING or type(error) is smtplib.SMTPResponseException:
            return self._broken_off(smtp, error)  # nonsense, a farewell, a line without end
        if isinstance(error, smtplib.SMTPSenderRefused):
            raise MailIsAway("answered", "MAIL", answer_in(error))
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return verdict_on_the_mailbox(code, reason)
        return verdict_on_the_mail(code, reason)

    def _broken_off(self, smtp: Conversation, error: Exception) -> Outcome:
        """Whether a mail has arrived whose last answer never came, nobody knows: it is tried again, and not for ever."""
        self._close()
        if smtp.has_content and getattr(error, "smtp_code", None) != CLOSING:
            return Outcome("unsure", "broke_off")
        raise BrokeOff(kind_of(error), smtp.step, answer_in(error)) from None

    def _close(self) -> None:
        if self.smtp:
            self.smtp.close()
        self.smtp = None


def verdict_on_the_mailbox(code: int, reason: str) -> Outcome:
    """After RCPT. Without an enhanced code, only what RFC 5321 says of mailboxes is the mailbox's."""
    if code < 500:
        return later(code, reason)
    if (status := status_in(reason)) is None:
        return refused(code, None) if code in NO_SUCH_MAILBOX else waits_for_us("RCPT", code, None)
    return refused(code, status) if is_of_one_mail(*status) else waits_for_us("RCPT", code, status)


def verdict_on_the_mail(code: int, reason: str) -> Outcome:
    """After DATA. Without an enhanced code nobody knows whose fault it is: the mail waits, and ends when it has waited long."""
    if code < 500 or (status := status_in(reason)) is None:
        return later(code, reason)
    return refused(code, status) if is_of_one_mail(*status) else waits_for_us("DATA", code, status)


def later(code: int, reason: str) -> Outcome:
    is_full = status_in(reason) == (2, 2)
    return Outcome("later", "mailbox_full" if is_full else "put_off" if code < 500 else "not_taken")


def refused(code: int, status: tuple[int, int] | None) -> Outcome:
    if status is None:
        return Outcome("refused", "mailbox_full" if code == 552 else "no_such_mailbox")
    return Outcome("refused", WHY.get(status) or WHY_BY_SUBJECT.get(status[0], "not_taken"))


def waits_for_us(step: str, code: int, status: tuple[int, int] | None) -> Outcome:
    """Of what was answered to a reader's address the numbers alone: its words may quote the address."""
    raise MailIsAway(
        "answered", step, f"{code} {code // 100}.{status[0]}.{status[1]}" if status else str(code)
    )


def words_of(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason


def status_in(reason: str) -> tuple[int, int] | None:
    """Subject and detail of an enhanced status code; its words may quote an address, and are read no further."""
    found = ENHANCED.match(reason)
    return (int(found[1]), int(found[2])) if found else None


def is_of_one_mail(subject: int, detail: int) -> bool:
    if (subject, detail) in OUR_ADDRESS:
        return False
    return subject in OF_THE_MAILBOX or (subject, detail) == TOO_BIG


def kind_of(error: Exception) -> str:
    """In a word of ours; the server's own are in `answer_in`."""
    if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
        return "answered"
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, TooSlow | TimeoutError):
        return "slow"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "broke_off"
    return "lacks" if isinstance(error, smtplib.SMTPException) else "unreachable"


def answer_in(error: Exception) -> str:
    """The server's code and words, in one line, without addresses; of what was answered to a reader's address the code alone."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return " ".join(str(code) for code, _reason in error.recipients.values())
    if not isinstance(error, smtplib.SMTPResponseException):
        return ""
    if isinstance(error, smtplib.SMTPDataError):
        return str(error.smtp_code)
    reply = " ".join(word for word in words_of(error.smtp_error).split() if "@" not in word)
    return f"{error.smtp_code} {''.join(filter(str.isprintable, reply))}"[:LONGEST_ANSWER]


def trusted() -> ssl.SSLContext:
    """Whom we believe to be the mail server: whoever has a certificate of its name by an authority that this machine
    knows, or by those in the file POLKU_SMTP_CA. smtplib by itself believes everybody."""
    return ssl.create_default_context(cafile=setting("SMTP_CA", "") or None)
