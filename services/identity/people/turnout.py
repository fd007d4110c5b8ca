"""How many took part, by unit and site, as it was last published (`people/models/participation.py`)."""

from uuid import UUID

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from services.identity.models import Belonging, Member, Participation, Site, Unit
from services.identity.people.models.member import is_here
from services.identity.people.models.participation import SITE, UNIT, WHOLE
from shared.contracts.api.identity_people import Part, Turnout
from shared.languages import by_name

Published = dict[tuple[str, UUID], Participation]


def turnout_of(run_id: UUID, activity: str, session: Session) -> Turnout:
    published = Participation.published(run_id, activity, session)
    places = Belonging.places(run_id, activity, session)
    return Turnout(
        activity=activity,
        invited=session.scalar(select(func.count()).select_from(Member).where(is_here())) or 0,
        took_part=shown(published, WHOLE, run_id),
        units=by_place(Unit, UNIT, published, places, session),
        sites=by_place(Site, SITE, published, places, session),
    )


def by_place(
    kind: type[Unit] | type[Site], name: str, published: Published, places: Subquery, session: Session
) -> list[Part]:
    belongs = places.c[f"{name}_id"]
    counts = select(kind.id, kind.name, func.count()).join(places, belongs == kind.id)
    found = sorted(session.execute(counts.group_by(kind.id, kind.name)), key=by_name)
    return [
        Part(id=id, name=named, invited=invited, took_part=shown(published, name, id))
        for id, named, invited in found
    ]


def shown(published: Published, kind: str, part_id: UUID) -> int | None:
    part = published.get((kind, part_id))
    return part.shown if part else None
