"""The operations of identity about people: who they are, where they work, what they may do, and how many took part."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.api.identity import IdsAsked, Short
from shared.contracts.api.identity_tenants import DECIDING, Name, ShortLine
from shared.web.operations import USUAL_PAGE, Language, PageSize, Service, operation
from shared.web.roles import CLIENT_SIDE, PERSONS

MOST_LISTED = 5000


# what is sent


class MemberChange(Struct, frozen=True, kw_only=True):
    """Another unit or site, and the roles given here. `was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    roles: list[Short] | None = None
    unit_id: UUID | None | UnsetType = UNSET
    site_id: UUID | None | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    was: dict[str, Any] | None = None


class RoleGiven(Struct, frozen=True, kw_only=True):
    role: Short


class ListedPerson(Struct, frozen=True, kw_only=True):
    """One line of a list of people."""

    name: ShortLine = ""
    email: Name
    unit: ShortLine = ""
    site: ShortLine = ""
    language: Short = ""
    roles: list[Short] = []


class ListOfPeople(Struct, frozen=True, kw_only=True):
    people: Annotated[list[ListedPerson], Meta(min_length=1, max_length=MOST_LISTED)]


# what is answered


class Names(Struct, frozen=True, kw_only=True):
    names: dict[UUID, str]


class MemberShown(Struct, frozen=True, kw_only=True):
    """A person; roles are given here or vouched for by the directory."""

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


class MemberPage(Struct, frozen=True, kw_only=True):
    items: list[MemberShown]
    next: str | None


class TakenIn(Struct, frozen=True, kw_only=True):
    """How many people of a list were new, known and changed, known as they are."""

    added: int
    changed: int
    unchanged: int


class Place(Struct, frozen=True, kw_only=True):
    """A unit or a site, and how many belong there."""

    id: UUID
    name: str
    members: int


class Places(Struct, frozen=True, kw_only=True):
    items: list[Place]


class Part(Struct, frozen=True, kw_only=True):
    """A unit or a site; `took_part` is none where it is withheld."""

    id: UUID
    name: str
    invited: int
    took_part: int | None


class Turnout(Struct, frozen=True, kw_only=True):
    """The turnout of one activity; small numbers are withheld."""

    activity: str
    invited: int
    took_part: int | None
    units: list[Part]
    sites: list[Part]


class People(Service, name="identity"):
    """Asked by those who lead, by an organisation's coordinators and administrators, and for names by everybody."""

    @operation("POST", "/names", *PERSONS, only_asks=True)
    def names(self, asked: IdsAsked) -> Names:
        """The names of colleagues by their ids, and of the consultancy's people who may come in."""

    @operation("GET", "/members", *CLIENT_SIDE, "lead", "facilitator", "service")
    def members(
        self,
        words: Short = "",
        unit_id: UUID | None = None,
        site_id: UUID | None = None,
        role: Short | None = None,
        after: str | None = None,
        limit: PageSize = USUAL_PAGE,
    ) -> MemberPage:
        """Returns those who belong here, by name; narrowed by words of name or address, unit, site, role."""

    @operation("GET", "/members/<uuid:member_id>", *CLIENT_SIDE, "lead")
    def member(self, member_id: UUID) -> MemberShown:
        """One person."""

    @operation("PATCH", "/members/<uuid:member_id>", *CLIENT_SIDE, "lead")
    def change_member(self, member_id: UUID, change: MemberChange) -> MemberShown:
        """Move a person to another unit or site; give roles, which only administrators and the lead may."""

    @operation("POST", "/members/<uuid:member_id>/roles", *DECIDING)
    def give_role(self, member_id: UUID, given: RoleGiven) -> MemberShown:
        """Give one role, beside those that the person has by now."""

    @operation("DELETE", "/members/<uuid:member_id>/roles/<role>", *DECIDING)
    def take_role(self, member_id: UUID, role: str) -> MemberShown:
        """Take one role away, and leave the others."""

    @operation("POST", "/members/<uuid:member_id>/leaving", *DECIDING)
    def let_go(self, member_id: UUID) -> MemberShown:
        """A person does not belong here any more; all sessions end at once."""

    @operation("POST", "/people-list", "admin", "coordinator", "lead", tells_address=True)
    def take_in(self, listed: ListOfPeople) -> TakenIn:
        """Take in a list of people; roles in it count only from administrators and the lead."""

    @operation("GET", "/units", *PERSONS, "service")
    def units(self) -> Places:
        """The units, and how many belong to each."""

    @operation("GET", "/sites", *PERSONS, "service")
    def sites(self) -> Places:
        """The sites, and how many work at each."""

    @operation("GET", "/runs/<uuid:run_id>/turnout/<activity>", *CLIENT_SIDE, "lead", "facilitator")
    def turnout(self, run_id: UUID, activity: str) -> Turnout:
        """How many took part, by unit and site; small numbers are withheld."""
