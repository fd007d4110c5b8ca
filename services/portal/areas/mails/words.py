"""Mails in words: what kind one is, why it was not delivered, and what the mail server has against us."""

from typing import Any

from shared.languages import _


def name_of(kind: str) -> str:
    return {
        "invitation": _("Invitation to take part"),
        "welcome": _("Invitation to Polku"),
        "townhall": _("Invitation to an all-staff event, with its calendar file"),
        "workshops": _("Workshop sessions to choose from"),
        "launch": _("The workbook is here"),
        "dates": _("New dates"),
        "plan": _("About the plan, to those who lead"),
        "reminder": _("Reminder to those who have not taken part"),
        "review": _("Ground rules: still true?"),
        "session": _("News of a workshop session, to those who have a place"),
        "session_reminder": _("Reminder the day before a workshop session, to those who have a place"),
        "webhook": _("A webhook was switched off"),
        "way_in": _("How your people sign in was changed"),
        "way_in_link": _("Confirm how your people sign in"),
        "audit_head": _("The seal of your organisation's audit log"),
        "host_record": _("The DNS record of a host name is missing"),
    }.get(kind) or _("Another mail")


def why_not_delivered(why: str) -> str:
    """A whole sentence, with the next step where there is one."""
    return {
        "mailbox_full": _("The mailbox is full."),
        "no_such_mailbox": _("There is no such mailbox. Look for a slip of the pen in the address."),
        "no_such_domain": _(
            "The part after @ is not known, or takes no mail. Look for a slip of the pen there."
        ),
        "address_not_taken": _("The address has letters that mail servers do not take. Ask for another one."),
        "not_an_address": _("What stands as the address is none."),
        "no_address": _("No address is known."),
        "not_taken": _("The receiving mail server did not take the mail."),
        "put_off": _("The receiving mail server said for days: later."),
        "broke_off": _("The mail server broke off again and again. The mail may have arrived."),
    }.get(why) or _("The mail could not be delivered.")


def trouble_of(mail: dict[str, Any]) -> str:
    """Says what is wrong between us and the mail server, and where to look."""
    if mail["kind"] == "answered":
        return refusal_at(mail["step"])
    return {
        "unreachable": _("It cannot be reached. Look whether it runs, and at its address (POLKU_SMTP)."),
        "tls": _("The encrypted connection fails. Look at its certificate, and at POLKU_SMTP_CA."),
        "slow": _("It takes too long to answer."),
        "broke_off": _("It closes the connection."),
    }.get(mail["kind"]) or _(
        "It does not offer what is asked for: encryption, or signing in with a password."
    )


def refusal_at(step: str) -> str:
    return {
        "AUTH": _("It refuses our user name or password (POLKU_SMTP_USER, POLKU_SMTP_PASSWORD)."),
        "MAIL": _("It refuses our sender (POLKU_MAIL_FROM)."),
        "RCPT": _("It does not pass mails on for us (relaying)."),
        "DATA": _("It refuses our mails, by a rule of its own or because it is broken."),
    }.get(step) or _("It refuses the connection.")
