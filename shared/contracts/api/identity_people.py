"""The operations of identity that people ask for themselves: names, and what is kept about oneself."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity import IdsAsked
from shared.web.operations import Language, Service, operation
from shared.web.roles import PERSONS


class Names(Struct, frozen=True, kw_only=True):
    names: dict[UUID, str]


class MemberShown(Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    email: str
    language: str
    unit_id: UUID | None
    site_id: UUID | None
    roles: list[str]
    given_roles: list[str]
    vouched_roles: list[str]
    has_signed_in: bool
    left_at: datetime | None


class CountedIn(Struct, frozen=True, kw_only=True):
    """The unit and site by which the person is counted in an activity, whether or not they take part."""

    run_id: UUID
    activity: str
    unit_id: UUID | None
    site_id: UUID | None


class OwnData(Struct, frozen=True, kw_only=True):
    member: MemberShown
    signed_in_on: date | None
    counted_in: list[CountedIn]
    reads_along: list[UUID]


class Speaking(Struct, frozen=True, kw_only=True):
    language: Language


class People(Service, name="identity"):
    """Asked by people for themselves."""

    @operation("POST", "/names", *PERSONS, only_asks=True)
    def names(self, asked: IdsAsked) -> Names:
        """The names of colleagues by their ids, and of the consultancy's people who may come in."""

    @operation("GET", "/me", *PERSONS, tells_address=True)
    def me(self) -> OwnData:
        """Everything that is kept here about the one who asks."""

    @operation("PATCH", "/me", *PERSONS)
    def speak(self, wish: Speaking) -> MemberShown:
        """Be spoken to in another language, also in mails."""

    @operation("DELETE", "/me", "participant")
    def forget_me(self) -> None:
        """Be forgotten: leave, and have name, address, unit and site erased."""
