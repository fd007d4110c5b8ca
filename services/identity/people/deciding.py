"""Questions about who decides over roles and ways in: somebody always can, and one person confirms a way in."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.identity.people.models.member import Member, deciding_role, holds, is_here
from services.identity.tenants.models.organisation import Organisation
from shared.database import lock_of


def others_with(role: str, member: Member, session: Session) -> bool:
    """Whether somebody else has the role; in the place of somebody who has signed in, one who has as well: an address on
    a list decides nothing, and may be nobody's. Asked one after another: two who go at once would each count on the other."""
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, "who-decides"))))
    others = select(func.count()).select_from(Member).where(is_here(), holds(role), Member.id != member.id)
    if member.subject:
        others = others.where(Member.subject.is_not(None))
    return bool(session.scalar(others))


def who_confirms_ways_in(asking: UUID | None, session: Session) -> Member | None:
    """The first administrator: who was named at the opening, or was the first to sign in. Once that person is none any
    more, whoever has been administrator for longest and has signed in, but who asks: nobody confirms what is one's own
    by letting the first administrator go."""
    organisation = Organisation.ours(session)
    deciding = holds(deciding_role(organisation.kind))
    named = Member.id == organisation.first_administrator_id
    successor = Member.subject.is_not(None) & Member.id.is_distinct_from(asking)
    here = select(Member).where(
        is_here(), deciding, Member.email != "", func.coalesce(named, False) | successor
    )
    order = (named.desc().nulls_last(), Member.joined_at, Member.id)
    return session.scalars(here.order_by(*order).limit(1)).first()
