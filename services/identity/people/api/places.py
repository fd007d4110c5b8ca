"""Units and sites, how many belong to each, and how many of them took part."""

from uuid import UUID

from services.identity.models import Site, Unit
from services.identity.people.places import with_members
from services.identity.people.turnout import turnout_of
from shared.contracts.api import identity_people as shapes
from shared.contracts.api.identity_people import People
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.serving import serves

places = Blueprint("places", __name__, description="Units and sites")


@serves(places, People.units)
def units() -> shapes.Places:
    return shown(Unit)


@serves(places, People.sites)
def sites() -> shapes.Places:
    return shown(Site)


def shown(kind: type[Unit] | type[Site]) -> shapes.Places:
    rows = with_members(kind, session())
    return shapes.Places(
        items=[shapes.Place(id=id, name=name, members=members) for id, name, members in rows]
    )


@serves(places, People.turnout)
def turnout(run_id: UUID, activity: str) -> shapes.Turnout:
    return turnout_of(run_id, activity, session())
