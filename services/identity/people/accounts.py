"""Accounts: the person whom a provider has vouched for, found or made at a sign-in."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.audit.roles import who_decides_noted
from services.identity.models import Connection, Member, Organisation, ProvisionedPerson, Site, Unit
from services.identity.people.models.member import (
    PEOPLE_LIST,
    YouHaveLeft,
    given_by_groups,
    has_address,
    is_here,
    roles_of,
    spoken_by,
)
from services.identity.people.places import named
from services.identity.provisioning.models.person import roles_by_groups
from services.identity.sign_in.models.connection import NotConfirmed, NotOnTheList, NotYourDomain
from shared.database import find, lock_of

Claims = dict[str, Any]


def signed_in(connection: Connection, claims: Claims, session: Session) -> Member:
    """The person whom the provider has vouched for; a first sign-in makes the account where it may be made."""
    connection.is_used()
    member = with_the_account(connection, claims["sub"], session)
    if member is None:
        session.execute(select(func.pg_advisory_xact_lock_shared(lock_of(session, PEOPLE_LIST))))
        member = announced(connection, claims, session) or expected(connection, claims, session)
    if member is None:
        return newcomer(connection, claims, session)
    if member.left_at:
        raise YouHaveLeft
    with member.telling_what_changes(), who_decides_noted(member, session):
        follow(member, connection, claims, session)
        take_the_listed_place(member, connection, claims, session)
        member.is_invited = True
    member.takes_over(Organisation.ours(session))
    return member


def with_the_account(connection: Connection, subject: str, session: Session) -> Member | None:
    """Returns who has the account; a confirmed way in to the same provider may take the place of an earlier one."""
    theirs = select(Member).filter_by(issuer=connection.issuer, subject=subject)
    theirs = theirs.where(Member.connection_id.in_(connection.with_the_same_subjects()))
    by_this = Member.connection_id == connection.id
    if not connection.is_confirmed:
        theirs = theirs.where(by_this)
    member = session.scalars(theirs.order_by(by_this.desc(), Member.id).limit(1)).first()
    if member:
        member.has_the_account(connection, subject)
    return member


def announced(connection: Connection, claims: Claims, session: Session) -> Member | None:
    """Returns whom the directory has announced by SCIM under the same joining value, address or not. Who has an account at this
    provider already is another person: names for signing in are given to successors."""
    person = ProvisionedPerson.announced(connection, claims, session)
    if person is None:
        return None
    if not connection.is_confirmed:
        raise NotConfirmed
    if person.member_id is None:
        raise YouHaveLeft
    member = find(session, Member, person.member_id)
    if member.issuer == connection.issuer:
        return None
    member.has_the_account(connection, claims["sub"])
    return member


def expected(connection: Connection, claims: Claims, session: Session) -> Member | None:
    """Somebody from a list of people, once: their own organisation vouches for an address of its own domain.

    An unconfirmed way in could be anybody's: by it nobody gets in whose address is known here.
    """
    if not connection.vouches_for_address(claims):
        return None
    listed = select(Member).where(has_address(connection.claim("email", claims)), is_here())
    if connection.is_confirmed:
        listed = listed.where(Member.subject.is_(None))
    member = session.scalars(listed.order_by(Member.id).limit(1)).first()
    if member and not connection.is_confirmed:
        raise NotConfirmed
    if member:
        member.has_the_account(connection, claims["sub"])
    return member


def newcomer(connection: Connection, claims: Claims, session: Session) -> Member:
    if not connection.vouches_for_person(claims):
        raise NotYourDomain
    if connection.admits == "listed":
        raise NotOnTheList
    organisation = Organisation.ours(session)
    member = Member(name="", language=spoken_by(connection.claim("language", claims), organisation))
    member.has_the_account(connection, claims["sub"])
    with who_decides_noted(member, session):
        follow(member, connection, claims, session)
    member.takes_over(organisation)
    return member.join(session)


def follow(member: Member, connection: Connection, claims: Claims, session: Session) -> None:
    """Takes over what the organisation's own directory says. An unconfirmed way in brings nobody's address, and no new role."""
    email = connection.claim("email", claims) or member.email
    is_confirmed = connection.is_confirmed
    may_bring_it = is_confirmed or not (member.is_vouched or is_somebody_elses(email, member, session))
    vouched = vouched_for(member, connection, claims, session)
    if is_confirmed:
        member.external_id = connection.claim("joining", claims) or member.external_id
    member.follow(
        name=connection.claim("name", claims) or "",
        given_name=connection.claim("given_name", claims) or "",
        email=email if may_bring_it else member.email,
        vouched_roles=[role for role in vouched if is_confirmed or role in member.vouched_roles],
        is_vouched=is_confirmed,
    )
    member.unit_id = named(Unit, connection.claim("unit", claims), session) or member.unit_id
    member.site_id = named(Site, connection.claim("site", claims), session) or member.site_id


def vouched_for(member: Member, connection: Connection, claims: Claims, session: Session) -> list[str]:
    """Returns the roles that the provider's claims, and the groups of its directory, give by the administrator's table."""
    kind = Organisation.ours(session).kind
    by_groups = roles_by_groups([member.id], connection, given_by_groups(kind), session)[member.id]
    return sorted({*connection.roles_in(claims, roles_of(kind)), *by_groups})


def is_somebody_elses(email: str, member: Member, session: Session) -> bool:
    theirs = select(Member.id).where(has_address(email), is_here(), Member.id != member.id)
    return session.scalar(theirs.limit(1)) is not None


def take_the_listed_place(member: Member, connection: Connection, claims: Claims, session: Session) -> None:
    """A list that did not know the account, because its way in was not confirmed then, has the person a second time."""
    if not (connection.is_confirmed and connection.vouches_for_address(claims)):
        return
    unclaimed = select(Member).where(has_address(member.email), is_here(), Member.subject.is_(None))
    for listed in session.scalars(unclaimed.where(Member.id != member.id).order_by(Member.id)):
        member.given_roles = sorted({*member.given_roles, *listed.given_roles})
        member.unit_id, member.site_id = member.unit_id or listed.unit_id, member.site_id or listed.site_id
        Organisation.ours(session).goes_on_with(listed.id, member.id)
        ProvisionedPerson.go_over(listed.id, member.id, session)
        listed.be_forgotten(session)


def way_of(member: Member, session: Session) -> Connection | None:
    """Returns the way in by which the person has come; None for who has not come yet."""
    return find(session, Connection, member.connection_id) if member.connection_id else None
