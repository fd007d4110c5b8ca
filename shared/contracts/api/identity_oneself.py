"""The operations of identity that people ask for themselves: what is kept about oneself, in which language, and to be forgotten."""

from datetime import date
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity_people import MemberShown
from shared.web.operations import Language, Service, operation
from shared.web.roles import PERSONS


class CountedIn(Struct, frozen=True, kw_only=True):
    """The unit and site by which the person is counted in an activity, whether or not they take part."""

    run_id: UUID
    activity: str
    unit_id: UUID | None
    site_id: UUID | None


class Announced(Struct, frozen=True, kw_only=True):
    """The person as the organisation's directory describes one (SCIM), and the names of the groups in which it has one."""

    described: dict[str, Any]
    groups: list[str]


class OwnData(Struct, frozen=True, kw_only=True):
    member: MemberShown
    given_name: str
    signed_in_on: date | None
    counted_in: list[CountedIn]
    reads_along: list[UUID]
    announced: list[Announced]


class Speaking(Struct, frozen=True, kw_only=True):
    language: Language


class Oneself(Service, name="identity"):
    """Asked by people for themselves."""

    @operation("GET", "/me", *PERSONS, tells_address=True)
    def me(self) -> OwnData:
        """Everything that is kept here about the one who asks."""

    @operation("PATCH", "/me", *PERSONS)
    def speak(self, wish: Speaking) -> MemberShown:
        """Be spoken to in another language, also in mails."""

    @operation("DELETE", "/me", "participant")
    def forget_me(self) -> None:
        """Be forgotten: leave, and have name, address, unit and site erased."""
