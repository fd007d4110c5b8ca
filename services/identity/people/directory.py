"""Questions about who belongs to an organisation: by name and place, in which role."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from services.identity.models import Member, StaffAccess
from services.identity.people.models.member import holds, is_here


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


def names_of(ids: Iterable[UUID], session: Session) -> dict[UUID, str]:
    """Returns the names of members, and of the consultancy's people who were let in; those who were forgotten have none."""
    wanted = list(ids)
    ours = select(Member.id, Member.name).where(Member.id.in_(wanted), Member.name != "")
    granted = select(StaffAccess.staff_id, StaffAccess.staff_name).where(StaffAccess.staff_id.in_(wanted))
    return dict([*session.execute(granted), *session.execute(ours)])
