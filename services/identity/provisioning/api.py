"""The requests of directories by SCIM, and the tokens that they ask with."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from services.identity.models import (
    Connection,
    Organisation,
    ProvisionedGroup,
    ProvisionedPerson,
    ProvisioningToken,
)
from services.identity.provisioning.directory import Directory
from services.identity.tenants.handover import is_a_guest
from shared.contracts.api import identity_provisioning as shapes
from shared.contracts.api.identity_provisioning import Provisioning
from shared.database import find
from shared.problems import RuleBroken, WhoAreYou
from shared.web.acts import caller, count_this_act, session
from shared.web.arguments import Blueprint
from shared.web.limits import Pace, limited
from shared.web.serving import serves
from shared.web.shapes import shape_of

provisioning = Blueprint("provisioning", __name__, description="Directories that say who belongs here")
A_DIRECTORYS_PACE = Pace(burst=6_000, seconds=0.02)  # of one token, in each process


class OnlyTheirOwn(RuleBroken):
    """Whoever has a token can let people in and out, so only the organisation's own administrator makes and withdraws them. Ask this administrator."""

    status = 403


@serves(provisioning, Provisioning.scim)
@limited(address=4_000, at_the_door=False)  # those that bring no good token
def scim(asked: shapes.ScimAsked) -> shapes.ScimAnswered:
    from services.identity.provisioning.protocol import answer  # a library that only directories need

    organisation = Organisation.ours(session())
    organisation.lets_people_in()
    token, way = whose(asked.token)
    A_DIRECTORYS_PACE.take("identity", "scim", replace(caller(), subject=token.id), None)
    return answer(asked, Directory(way, organisation, session()))


def whose(secret: str) -> tuple[ProvisioningToken, Connection]:
    try:
        return ProvisioningToken.used(secret, session())
    except WhoAreYou:
        count_this_act()
        raise


@serves(provisioning, Provisioning.provisioning)
def provisioning_of(connection_id: UUID) -> shapes.ProvisioningShown:
    way = find(session(), Connection, connection_id)
    tokens = [shape_of(shapes.TokenShown, token) for token in ProvisioningToken.all_of(way, session())]
    people, groups = how_many(ProvisionedPerson, way), how_many(ProvisionedGroup, way)
    return shapes.ProvisioningShown(may_change=not is_a_guest(), tokens=tokens, people=people, groups=groups)


def how_many(noun: type[ProvisionedPerson] | type[ProvisionedGroup], way: Connection) -> int:
    counted = select(func.count()).select_from(noun).where(noun.connection_id == way.id)
    return session().scalar(counted) or 0


@serves(provisioning, Provisioning.make_token)
@limited(person=30)
def make_token(connection_id: UUID, wish: shapes.TokenWished) -> shapes.TokenMade:
    by, way = their_own_to_change(), Connection.locked(connection_id, session())
    token, secret = ProvisioningToken.make(way, wish.ends_on, by, session())
    return shapes.TokenMade(secret=secret, ends_on=token.ends_on)


@serves(provisioning, Provisioning.withdraw_token)
@limited(person=30)
def withdraw_token(token_id: UUID) -> None:
    by = their_own_to_change()
    find(session(), ProvisioningToken, token_id).withdraw(by, session())


def their_own_to_change() -> UUID:
    if is_a_guest():
        raise OnlyTheirOwn
    return caller().subject
