"""Roles in the audit log: those that somebody gives or takes, and the role that decides where a directory brings it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from services.identity.audit.models.entry import BY_ITSELF, note
from services.identity.base import beginning_of, today
from services.identity.people.models.member import Member
from shared.contracts.api.identity_tenants import DECIDING


@contextmanager
def role_changes_noted(member: Member, session: Session) -> Iterator[None]:
    """Notes which roles were given to the person here, and which taken, by what is done within."""
    before = {*member.given_roles}
    yield
    given, taken = sorted({*member.given_roles} - before), sorted(before - {*member.given_roles})
    if given or taken:
        note(session, "roles_changed", about_id=member.id, facts={"given": given, "taken": taken})


@contextmanager
def who_decides_noted(member: Member, session: Session) -> Iterator[None]:
    """Notes by the day that a sign-in has brought, or taken away, the role that decides: the minute would stand beside what the person
    gives without a name."""
    before = {*DECIDING} & {*member.roles}
    yield
    after = {*DECIDING} & {*member.roles}
    if before != after:
        facts = {"given": sorted(after - before), "taken": sorted(before - after)}
        note(session, "roles_vouched", BY_ITSELF, about_id=member.id, at=beginning_of(today()), facts=facts)
