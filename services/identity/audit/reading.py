"""Questions to the audit log: which entries, who and what they name, and whether they are what was sealed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from services.identity.audit.chain import Break, Chain, Entry, digest_of
from services.identity.audit.kinds import GROUPS
from services.identity.audit.models.entry import AuditEntry
from services.identity.base import beginning_of
from services.identity.models import Connection, Member, StaffAccess
from shared.tenancy.sessions import tenant_of

AT_ONCE = 1_000


def entries_of(session: Session) -> Iterator[Entry]:
    """Every entry of the organisation that the session acts for, the first one first."""
    all_of_them = select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=AT_ONCE)
    return (entry.as_sealed for entry in session.scalars(all_of_them))


def first_break(heads: Mapping[int, bytes], session: Session) -> Break | None:
    """Returns where the organisation's log is not what was sealed; None where it is."""
    return Chain(tenant_of(session), heads).first_break(entries_of(session))


def narrowed(
    group: str | None, person_id: UUID | None, since: date | None, until: date | None
) -> Select[AuditEntry]:
    """Selects the entries of a group of kinds, by or about a person, from the beginning of one day to the end of another."""
    wanted = select(AuditEntry)
    if group:
        wanted = wanted.where(AuditEntry.kind.in_(GROUPS[group]))
    if person_id:
        is_named = AuditEntry.facts.contains(f'"whom":"{person_id}"', autoescape=True)
        wanted = wanted.where(
            or_(AuditEntry.actor_id == person_id, AuditEntry.about_id == person_id, is_named)
        )
    if since:
        wanted = wanted.where(AuditEntry.at >= beginning_of(since))
    if until:
        wanted = wanted.where(AuditEntry.at < beginning_of(until + timedelta(days=1)))
    return wanted


def called(entries: Iterable[AuditEntry], session: Session) -> dict[UUID, str]:
    """Returns how the people and ways in are called now that these entries name; a person who was erased has an empty name."""
    ids = {id for entry in entries for id in entry.ids}
    ways = select(Connection.id, Connection.name).where(Connection.id.in_(ids))
    staff = select(StaffAccess.staff_id, StaffAccess.staff_name).where(StaffAccess.staff_id.in_(ids))
    people = select(Member.id, Member.name).where(Member.id.in_(ids))
    return {id: name for each in (ways, staff, people) for id, name in session.execute(each)} if ids else {}


def reasons_of(entries: Iterable[AuditEntry], session: Session) -> dict[UUID, str]:
    """Returns the reasons of the grants that these entries are about."""
    ids = {entry.about_id for entry in entries if entry.kind in GROUPS["access"]}
    grants = select(StaffAccess.id, StaffAccess.reason).where(StaffAccess.id.in_(ids))
    return dict(session.execute(grants).all()) if ids else {}


def changed_reasons(entries: Iterable[AuditEntry], reasons: Mapping[UUID, str]) -> list[int]:
    """Returns the numbers of the entries that were sealed with another reason than stands with their grant now."""
    sealed = [(one.number, one.about_id, one.said["reason"]) for one in entries if "reason" in one.said]
    return [
        number for number, grant, digest in sealed if not grant or digest_of(reasons.get(grant, "")) != digest
    ]
