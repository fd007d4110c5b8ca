"""Mail addresses as the post takes them: one rule for who sends mails, and for who takes addresses in."""

from email.errors import HeaderParseError
from email.headerregistry import Address as Mailbox


def mailbox_at(address: str, name: str = "") -> Mailbox | None:
    """Returns the mailbox as mail headers want it, a domain outside ASCII as the net knows it (RFC 3490); None for what is no address."""
    try:
        mailbox = Mailbox(name, addr_spec=address)
        domain = mailbox.domain.encode("idna").decode()
        mailbox = Mailbox(mailbox.display_name, mailbox.username, domain)
    except (ValueError, IndexError, HeaderParseError):  # the standard library has no one error for it
        return None
    return mailbox if mailbox.username and mailbox.domain else None


def why_no_mailbox(address: str) -> str:
    """In a word: no address, one that no server takes which knows ASCII alone (RFC 6531 is not spoken by us), or none at all."""
    before_at = address.strip().rpartition("@")[0]
    if before_at and not before_at.isascii():
        return "address_not_taken"
    return "not_an_address" if address.strip() else "no_address"
