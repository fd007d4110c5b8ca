"""The operations by which people who came by a list are invited."""

from msgspec import Struct

from shared.contracts.api.identity_imports import WHO_BRINGS_LISTS
from shared.web.operations import Service, operation


class NotInvited(Struct, frozen=True, kw_only=True):
    people: int


class Invited(Struct, frozen=True, kw_only=True):
    people: int


class Invitations(Service, name="identity"):
    """Asked by those who bring people in."""

    @operation("GET", "/invitations", *WHO_BRINGS_LISTS)
    def waiting(self) -> NotInvited:
        """How many are here who get no mails, because nobody has invited them yet."""

    @operation("POST", "/invitations", *WHO_BRINGS_LISTS)
    def invite(self) -> Invited:
        """Invite all of them: each gets one mail, and from now on those that everybody gets."""
