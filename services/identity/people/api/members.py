"""The people of an organisation: found, moved, given roles, let go, and taken in by a list."""

from typing import Any
from uuid import UUID

from services.identity.audit.models.entry import note
from services.identity.audit.roles import role_changes_noted
from services.identity.models import Member, Organisation, SignInSession, Site, Unit
from services.identity.people.accounts import way_of
from services.identity.people.deciding import others_with
from services.identity.people.directory import names_of, those_here
from services.identity.people.models.member import NobodyLeftToDecide
from services.identity.people.people_list import take_in_list
from services.identity.people.places import known
from services.identity.tenants.handover import only_the_client_makes_administrators
from shared.contracts.api import identity_people as shapes
from shared.contracts.api.identity import IdsAsked
from shared.contracts.api.identity_people import People
from shared.database import find
from shared.problems import NotAllowed
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.limits import limited
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.serving import serves

members = Blueprint("members", __name__, description="The people of an organisation")


@serves(members, People.names)
def names(asked: IdsAsked) -> shapes.Names:
    return shapes.Names(names=names_of(asked.ids, session()))


@serves(members, People.members)
def found(
    words: str = "",
    unit_id: UUID | None = None,
    site_id: UUID | None = None,
    role: str | None = None,
    after: str | None = None,
    limit: int = USUAL_PAGE,
) -> shapes.MemberPage:
    wanted = those_here(words, unit_id, site_id, role)
    people = page(session(), wanted, [Member.sort_name, Member.id], after, limit)
    return shapes.MemberPage(items=[shown(member) for member in people.items], next=people.next)


def shown(member: Member) -> shapes.MemberShown:
    return shapes.MemberShown(
        id=member.id,
        name=member.name,
        email=member.email,
        language=member.language,
        unit_id=member.unit_id,
        site_id=member.site_id,
        roles=member.roles,
        given_roles=member.given_roles,
        vouched_roles=member.vouched_roles,
        has_signed_in=member.subject is not None,
        left_at=member.left_at,
    )


@serves(members, People.member)
def one(member_id: UUID) -> shapes.MemberShown:
    return shown(find(session(), Member, member_id))


@serves(members, People.change_member)
def change(member_id: UUID, change: shapes.MemberChange) -> shapes.MemberShown:
    member = to_change(member_id)
    wanted = merged_struct(change, {"roles": member.given_roles} | places_of(member))
    if wanted["roles"] is not None:
        give(wanted["roles"], member)
    if "unit_id" in wanted or "site_id" in wanted:
        move(member, places_of(member) | wanted)
    return shown(member)


def move(member: Member, to: dict[str, Any]) -> None:
    before = places_of(member)
    member.move(known(Unit, to["unit_id"], session()), known(Site, to["site_id"], session()))
    if places_of(member) != before:
        note(session(), "person_moved", about_id=member.id)


def to_change(member_id: UUID) -> Member:
    member = Member.locked(member_id, session())
    member.has_to_be_here()
    return member


def places_of(member: Member) -> dict[str, UUID | None]:
    return {"unit_id": member.unit_id, "site_id": member.site_id}


@serves(members, People.give_role)
def give_role(member_id: UUID, given: shapes.RoleGiven) -> shapes.MemberShown:
    member = to_change(member_id)
    give([*{*member.given_roles, given.role}], member)
    return shown(member)


@serves(members, People.take_role)
def take_role(member_id: UUID, role: str) -> shapes.MemberShown:
    member = to_change(member_id)
    give([other for other in member.given_roles if other != role], member)
    return shown(member)


def give(roles: list[str], member: Member) -> None:
    if not caller().is_any("admin", "lead"):
        raise NotAllowed
    only_the_client_makes_administrators(set(roles), member)
    deciding = "admin" if "admin" in member.roles else "lead" if "lead" in member.roles else None
    alone = deciding and not others_with(deciding, member, session())  # asked first, as in leaving
    with role_changes_noted(member, session()):
        member.give_roles(roles, Organisation.ours(session()), way_of(member, session()))
    if alone and deciding not in member.roles:
        raise NobodyLeftToDecide


@serves(members, People.let_go)
def let_go(member_id: UUID) -> shapes.MemberShown:
    member = Member.locked(member_id, session())
    if "admin" in member.roles:
        only_the_client_makes_administrators(set(member.given_roles) ^ {"admin"}, member)
    if "admin" in member.roles and not others_with("admin", member, session()):
        raise NobodyLeftToDecide
    if member.left_at is None:
        note(session(), "membership_ended", about_id=member.id)
    member.leave()
    SignInSession.end_all_of(member.id, session())
    return shown(member)


@serves(members, People.take_in)
@limited(person=30, address=300)
def take_in(listed: shapes.ListOfPeople) -> shapes.TakenIn:
    given = {role for person in listed.people for role in person.roles}
    if given and not caller().is_any("admin", "lead"):
        raise NotAllowed
    only_the_client_makes_administrators(given)
    counted = take_in_list(listed.people, session())
    note(session(), "people_taken_in", facts=counted)
    return shapes.TakenIn(**counted)
