"""Carries mails to the mail server, and says of each what became of it. What the server has against us holds up everything and loses
nothing; what it has against one mailbox concerns that letter alone.

Replies: RFC 5321, 4.2; enhanced status codes: RFC 3463 and the registry of RFC 5248.
"""

import re
import smtplib
import ssl
from email.message import EmailMessage

from shared.settings import setting

SECONDS = 20
CLOSING = 421  # of the server, not of one letter
ENHANCED = re.compile(rb"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
OUR_ADDRESS = {(1, 7), (1, 8)}  # what is wrong with whoever sends
TOO_BIG = (3, 4)
OF_THE_MAILBOX = (
    1,
    2,
    4,
    6,
)  # address, mailbox, the way to it, content; system, protocol and policy are between the server and us
NO_SUCH_MAILBOX = {550, 551, 552, 553}


class MailIsAway(RuntimeError):
    """The mail server does not answer, says later, or takes no mail of ours: the letters wait, and we try again."""


class Courier:
    """One connection to the mail server."""

    def __enter__(self) -> "Courier":
        host, _colon, port = setting("SMTP", "127.0.0.1:8025").partition(":")
        try:
            self.smtp = smtplib.SMTP(host, int(port or 25), timeout=SECONDS)
            if setting("SMTP_STARTTLS", "no") == "yes":
                self.smtp.starttls(context=trusted())
            if user := setting("SMTP_USER", ""):
                self.smtp.login(user, setting("SMTP_PASSWORD"))
        except (OSError, smtplib.SMTPException) as error:
            raise MailIsAway(f"the mail server did not let us in: {type(error).__name__}") from None
        return self

    def __exit__(self, *error: object) -> None:
        self.smtp.close()

    def deliver(self, mail: EmailMessage) -> str:
        """Returns "sent", "refused" for good, or "later" for this letter; raises MailIsAway for what concerns all of them."""
        try:
            self.smtp.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, reason)] = error.recipients.values()
            return verdict_on_the_mailbox(code, reason)
        except smtplib.SMTPSenderRefused as error:
            raise MailIsAway(f"the mail server refuses our sender ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            return verdict_on_the_letter(error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError:  # letters of an address that this server cannot write
            return "refused"
        except (OSError, smtplib.SMTPException) as error:
            raise MailIsAway(f"the mail server went away: {type(error).__name__}") from None
        return "sent"


def verdict_on_the_mailbox(code: int, reason: bytes) -> str:
    """After RCPT. Without an enhanced code, only what RFC 5321 says of mailboxes is the mailbox's."""
    if code < 500:
        return later(code)
    if (status := status_in(reason)) is None:
        return "refused" if code in NO_SUCH_MAILBOX else waits_for_us(code, reason)
    return "refused" if is_of_one_letter(*status) else waits_for_us(code, reason)


def verdict_on_the_letter(code: int, reason: bytes | str) -> str:
    """After DATA. Without an enhanced code nobody knows whose fault it is: the letter waits, and ends when it has waited long."""
    if code < 500:
        return later(code)
    if (status := status_in(reason)) is None:
        return "later"
    return "refused" if is_of_one_letter(*status) else waits_for_us(code, reason)


def later(code: int) -> str:
    if code == CLOSING:
        raise MailIsAway(f"the mail server says later ({code})")
    return "later"


def waits_for_us(code: int, reason: bytes | str) -> str:
    status = status_in(reason)
    said = f"{code} x.{status[0]}.{status[1]}" if status else str(code)
    raise MailIsAway(f"the mail server takes no mail of ours ({said})")


def status_in(reason: bytes | str) -> tuple[int, int] | None:
    """Subject and detail of an enhanced status code; its words may quote an address, and are read no further."""
    found = ENHANCED.match(reason if isinstance(reason, bytes) else reason.encode(errors="replace"))
    return (int(found[1]), int(found[2])) if found else None


def is_of_one_letter(subject: int, detail: int) -> bool:
    if (subject, detail) in OUR_ADDRESS:
        return False
    return subject in OF_THE_MAILBOX or (subject, detail) == TOO_BIG


def trusted() -> ssl.SSLContext:
    """Whom we believe to be the mail server: whoever has a certificate of its name by an authority that this machine
    knows, or by those in the file POLKU_SMTP_CA. smtplib by itself believes everybody."""
    return ssl.create_default_context(cafile=setting("SMTP_CA", "") or None)
