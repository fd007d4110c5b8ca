"""Questions about units and sites: which there are, how many belong to each, and the one of a name."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.people.models.member import Member, Site, Unit, is_here
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.identity import UnitsChanged
from shared.database import find
from shared.languages import by_name


def known(kind: type[Unit] | type[Site], id: UUID | None, session: Session) -> UUID | None:
    """Returns the id of a unit or site of ours, or None; raises NotFound for a stranger's."""
    return find(session, kind, id).id if id else None


def named(kind: type[Unit] | type[Site], name: str | None, session: Session) -> UUID | None:
    """Returns the id of the unit or site with this name, made when it is new; None without a name."""
    if not name:
        return None
    with_name = select(kind.id).filter_by(name=name)
    if (
        found := session.scalar(with_name)
    ) is None:  # several of its people may sign in at once for the first time
        session.execute(insert(kind).values(id=uuid4(), name=name).on_conflict_do_nothing())
        found = session.scalar(with_name)
    return found


def with_members(kind: type[Unit] | type[Site], session: Session) -> list[tuple[UUID, str, int]]:
    """Returns (id, name, members) of all units or sites, by name."""
    belongs = Member.unit_id if kind is Unit else Member.site_id
    rows = session.execute(
        select(kind.id, kind.name, func.count(Member.id))
        .outerjoin(Member, (belongs == kind.id) & is_here())
        .group_by(kind.id, kind.name)
    )
    return [(id, name, members) for id, name, members in sorted(rows, key=by_name)]


def tell_how_many(session: Session) -> None:
    """Tells how many belong to each unit and site."""
    units, sites = counts_by(Member.unit_id, session), counts_by(Member.site_id, session)
    Organisation.ours(session).tell(UnitsChanged(units=units, sites=sites))


def counts_by(column: Any, session: Session) -> dict[str, int]:
    rows = session.execute(
        select(column, func.count()).where(is_here(), column.is_not(None)).group_by(column)
    )
    return {str(id): number for id, number in rows}
