"""One person, one hand: who was forgotten while a run was living, or has a second account, may only read along there."""

import random
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.base import today
from services.identity.models import Member, PseudonymKey, ReturnMark
from services.identity.people.models.member import has_address

A_SESSION = timedelta(days=1)  # at most; who signed in the day before may still be here
ONE_PERSONS = 3  # accounts of one address; more of them share a mailbox


def leave_marks(member: Member, session: Session) -> None:
    """Leaves the member's marks in every living run; call it before who the member was is erased.

    The keys are locked: one that is destroyed at the same moment either takes these marks along or makes none.
    """
    keys = list(session.scalars(living_keys().with_for_update(read=True)))
    if rows := [row for key in keys for row in marks_in(key, identities_of(member))]:
        random.SystemRandom().shuffle(rows)
        session.execute(insert(ReturnMark).on_conflict_do_nothing(), rows)
    for other in others_of_the_same_address(member, session):
        other.only_reads({key.run_id for key in keys})


def living_keys() -> Select[Any]:
    return select(PseudonymKey).where(PseudonymKey.destroyed_at.is_(None))


def identities_of(member: Member) -> list[bytes]:
    """Returns what a returning person brings along: issuer and subject, and the address in one spelling."""
    known = []
    if member.issuer and member.subject:
        known.append(b"\0".join((b"subject", member.issuer.encode(), member.subject.encode())))
    if address := one_spelling(member.email):
        known.append(b"address\0" + address.encode())
    return known


def one_spelling(address: str) -> str:
    return unicodedata.normalize("NFKC", address).strip().casefold()


def marks_in(key: PseudonymKey, identities: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    about = {"tenant_id": key.tenant_id, "run_id": key.run_id, "purpose": key.purpose}
    return (about | {"mark": mark} for mark in key.marks(identities))


def others_of_the_same_address(member: Member, session: Session) -> list[Member]:
    """Returns the other accounts with this address: they would find the marks only at their next sign-in."""
    if not member.email.strip():
        return []
    same = func.lower(Member.email) == member.email.lower()
    return list(session.scalars(select(Member).where(same, Member.id != member.id)))


def recognise(member: Member, session: Session) -> None:
    """Closes to the member, who has just signed in, the runs in which the same person may have a hand already: somebody of
    this subject or address was forgotten there, or another account of the address is older."""
    if member.signed_in_on is None:
        member.only_reads(hands_of_another_account(member, session))
    member.signed_in_on = today()
    member.only_reads(runs_with_marks_of(member, session))


def runs_with_marks_of(member: Member, session: Session) -> list[UUID]:
    marked = select(ReturnMark.run_id, ReturnMark.purpose)
    keys = session.scalars(
        living_keys().where(tuple_(PseudonymKey.run_id, PseudonymKey.purpose).in_(marked))
    ).all()
    if not keys:
        return []
    identities = identities_of(member)
    made = {row["mark"] for key in keys for row in marks_in(key, identities)}
    return list(session.scalars(select(ReturnMark.run_id).where(ReturnMark.mark.in_(made))))


def hands_of_another_account(member: Member, session: Session) -> list[UUID]:
    """Returns the living runs in which another account of the same provider and address may have a hand: it has signed in
    since they were planned. A colleague who inherits the address of somebody long gone has a hand like everybody.

    Two who come at once have waited for each other: joining moves the one timer that counts places.
    """
    if not member.email.strip():
        return []
    same = select(Member.signed_in_on).where(has_address(member.email), Member.issuer == member.issuer)
    days = [day for day in session.scalars(same.where(Member.id != member.id)) if day]
    if not 0 < len(days) < ONE_PERSONS:
        return []
    keys = session.scalars(living_keys())
    return [key.run_id for key in keys if key.made_on is None or max(days) + A_SESSION >= key.made_on]


def one_hand_an_address(run_id: UUID, session: Session) -> None:
    """Of accounts that share provider and address, the one that has signed in most lately takes part in a run that is
    planned now; the others read along."""
    same = (Member.issuer, func.lower(Member.email))
    latest = (Member.signed_in_on.desc().nulls_last(), Member.joined_at.desc(), Member.id)
    place = func.row_number().over(partition_by=same, order_by=latest).label("place")
    known = select(Member.id, place, func.count().over(partition_by=same).label("accounts"))
    ranked = known.where(Member.subject.is_not(None), Member.email != "").subquery()
    others = select(ranked.c.id).where(ranked.c.place > 1, ranked.c.accounts <= ONE_PERSONS)
    reading = update(Member).where(Member.id.in_(others), ~(literal(run_id) == any_(Member.reads_along)))
    session.execute(reading.values(reads_along=func.array_append(Member.reads_along, run_id)))
