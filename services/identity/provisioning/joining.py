"""Which member somebody is whom a directory announces: the one that the person is already, so that nobody is there twice, or a new one.

The joining value (SCIM's externalId, and the claim that the way in names for it) says it. An address says it too, where the way in vouches for its
domain; the same address of another domain is refused, because joining it would let a directory take over a guest's account.
"""

from sqlalchemy import ColumnElement, and_, or_, select

from services.identity.models import Connection, Member, ProvisionedPerson
from services.identity.people.models.member import deciding_role, has_address
from services.identity.provisioning.directory import Directory
from services.identity.provisioning.resources import address_in
from shared.problems import RuleBroken


class AddressIsTaken(RuleBroken):
    """Somebody with this address belongs here already, and this way in does not vouch for the address. Add its domain to the way in, or end the other membership on the People page, then send this again."""


class DecidesElsewhere(RuleBroken):
    """Somebody with this address administers the organisation and signs in by another way. Let this person sign in by this way once, then send this again."""


def member_of(person: ProvisionedPerson, directory: Directory) -> Member | None:
    """Returns whom the person is already; None for somebody new. Call it while nobody else adds people (PEOPLE_LIST)."""
    value, address = person.external_id, address_in(person.said)
    known = candidates(value, address, directory)
    by_value = [member for member in known if value and is_the_same(member, value, directory)]
    by_address = [member for member in known if member not in by_value and member.left_at is None]
    if by_value:
        return by_value[0]
    return joined_by_address(by_address[0], value, address, directory) if by_address else None


def candidates(value: str | None, address: str, directory: Directory) -> list[Member]:
    """Returns those of this value or address whom this directory has not announced, locked, those who are here first."""
    said: list[ColumnElement[bool]] = []
    if value:
        said += [Member.external_id == value]
    if value and directory.joins_by_subject:
        said += [and_(Member.subject == value, Member.issuer == directory.way.issuer)]
    if address:
        said += [and_(has_address(address), is_believed())]
    if not said:
        return []
    announced = (ProvisionedPerson.member_id == Member.id) & (
        ProvisionedPerson.connection_id == directory.way.id
    )
    theirs = select(Member).where(or_(*said), ~select(ProvisionedPerson.id).where(announced).exists())
    held = theirs.order_by(Member.left_at.is_not(None), Member.id).with_for_update(key_share=True, of=Member)
    return list(directory.session.scalars(held.execution_options(populate_existing=True)))


def is_believed() -> ColumnElement[bool]:
    """An account that only ever came by an unconfirmed way in says of itself what address it has."""
    confirmed = select(Connection.id).where(Connection.was_confirmed())
    return or_(Member.subject.is_(None), Member.is_vouched, Member.connection_id.in_(confirmed))


def is_the_same(member: Member, value: str, directory: Directory) -> bool:
    """Whether this directory's provider, or the directory before its people first signed in, has called the member so."""
    says_so = member.external_id == value or (directory.joins_by_subject and member.subject == value)
    has_never_come = member.subject is None and member.left_at is not None
    return says_so and (member.issuer == directory.way.issuer or has_never_come)


def joined_by_address(member: Member, value: str | None, address: str, directory: Directory) -> Member | None:
    """Returns the member; None where the directory calls the one with the address otherwise: a colleague has inherited it."""
    way = directory.way
    called = member.external_id if member.issuer == way.issuer else None
    if None not in (called, value) and called != value:
        return None
    if address.rpartition("@")[2].lower() not in way.domains:
        raise AddressIsTaken
    decides = deciding_role(directory.organisation.kind) in member.roles
    if decides and member.subject and member.issuer != way.issuer:
        raise DecidesElsewhere
    return member
