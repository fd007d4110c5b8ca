"""Units and sites, how many belong to each, and how many of them took part."""

from uuid import UUID

from services.identity.models import Site, Unit
from services.identity.people.care_of_places import members_of, merge, rename
from services.identity.people.places import with_members
from services.identity.people.turnout import turnout_of
from shared.contracts.api import identity_people as shapes
from shared.contracts.api import identity_places as care
from shared.contracts.api.identity_people import People
from shared.contracts.api.identity_places import PlacesCare
from shared.database import find
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
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


@serves(places, PlacesCare.rename_unit)
def rename_unit(place_id: UUID, renamed: care.PlaceRenamed) -> shapes.Place:
    return renamed_place(Unit, place_id, renamed)


@serves(places, PlacesCare.rename_site)
def rename_site(place_id: UUID, renamed: care.PlaceRenamed) -> shapes.Place:
    return renamed_place(Site, place_id, renamed)


def renamed_place(kind: type[Unit] | type[Site], place_id: UUID, renamed: care.PlaceRenamed) -> shapes.Place:
    place = find(session(), kind, place_id)
    session().refresh(place, with_for_update=True)
    rename(kind, place, merged_struct(renamed, place)["name"], session())
    return one(kind, place_id)


@serves(places, PlacesCare.merge_units)
def merge_units(place_id: UUID, merged: care.MergedInto) -> shapes.Place:
    merge(Unit, place_id, merged.into_id, session())
    return one(Unit, merged.into_id)


@serves(places, PlacesCare.merge_sites)
def merge_sites(place_id: UUID, merged: care.MergedInto) -> shapes.Place:
    merge(Site, place_id, merged.into_id, session())
    return one(Site, merged.into_id)


def one(kind: type[Unit] | type[Site], place_id: UUID) -> shapes.Place:
    place = find(session(), kind, place_id)
    return shapes.Place(id=place.id, name=place.name, members=members_of(kind, place.id, session()))
