"""One person, one hand: whoever was forgotten while a run was living may only read along there after coming back."""

import random
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.identity.models import Member, PseudonymKey, ReturnMark


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
    return select(PseudonymKey).where(PseudonymKey.sealed.is_not(None))


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
    """Closes to the member, who has just signed in, the runs in which somebody of this subject or address was forgotten."""
    marked = select(ReturnMark.run_id, ReturnMark.purpose)
    keys = session.scalars(
        living_keys().where(tuple_(PseudonymKey.run_id, PseudonymKey.purpose).in_(marked))
    ).all()
    if not keys:
        return
    identities = identities_of(member)
    made = {row["mark"] for key in keys for row in marks_in(key, identities)}
    member.only_reads(session.scalars(select(ReturnMark.run_id).where(ReturnMark.mark.in_(made))))
