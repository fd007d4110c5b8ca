"""Questions about who belongs to an organisation: by name and place, in which role, how many where."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from services.identity.models import Member, Site, StaffAccess, Unit
from services.identity.people.models.member import holds, is_here
from shared.database import find, lock_of
from shared.languages import by_name


def those_here(words: str, unit_id: UUID | None, site_id: UUID | None, role: str | None) -> Select[Member]:
    """Selects the members whose name or address has these words, of this unit, site and role."""
    query = select(Member).where(is_here())
    if words := words.strip():
        query = query.where(
            or_(Member.name.icontains(words, autoescape=True), Member.email.icontains(words, autoescape=True))
        )
    if unit_id:
        query = query.where(Member.unit_id == unit_id)
    if site_id:
        query = query.where(Member.site_id == site_id)
    return query.where(holds(role)) if role and role != "participant" else query


def others_with(role: str, member: Member, session: Session) -> bool:
    """Whether somebody else has the role; in the place of somebody who has signed in, one who has as well: an address on
    a list decides nothing, and may be nobody's. Asked one after another: two who go at once would each count on the other."""
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, "who-decides"))))
    others = select(func.count()).select_from(Member).where(is_here(), holds(role), Member.id != member.id)
    if member.subject:
        others = others.where(Member.subject.is_not(None))
    return bool(session.scalar(others))


def names_of(ids: Iterable[UUID], session: Session) -> dict[UUID, str]:
    """Returns the names of members, and of the consultancy's people who were let in; those who were forgotten have none."""
    wanted = list(ids)
    ours = select(Member.id, Member.name).where(Member.id.in_(wanted), Member.name != "")
    granted = select(StaffAccess.staff_id, StaffAccess.staff_name).where(StaffAccess.staff_id.in_(wanted))
    return dict([*session.execute(granted), *session.execute(ours)])


def known(kind: type[Unit] | type[Site], id: UUID | None, session: Session) -> UUID | None:
    """Returns the id of a unit or site of ours, or None; raises NotFound for a stranger's."""
    return find(session, kind, id).id if id else None


def places(kind: type[Unit] | type[Site], session: Session) -> list[tuple[UUID, str, int]]:
    """Returns (id, name, members) of all units or sites, by name."""
    belongs = Member.unit_id if kind is Unit else Member.site_id
    rows = session.execute(
        select(kind.id, kind.name, func.count(Member.id))
        .outerjoin(Member, (belongs == kind.id) & is_here())
        .group_by(kind.id, kind.name)
    )
    return [(id, name, members) for id, name, members in sorted(rows, key=by_name)]
