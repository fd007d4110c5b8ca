"""People who came by a list are invited when somebody says so, and get no mail before."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.identity.people.models.member import Member, is_here
from shared.contracts.identity import PeopleInvited
from shared.messaging.outbox import put_in_outbox

AT_ONCE = 500  # so many ids fit into one event


def wait_for_invitation(session: Session) -> int:
    """Returns how many are here who have not been invited."""
    waiting = select(func.count()).select_from(Member).where(is_here(), ~Member.is_invited)
    return session.scalars(waiting).one()


def invite_everybody(session: Session) -> int:
    """Invites all who have not been invited, and returns how many; each is told of once, however often it is asked."""
    waiting = update(Member).where(is_here(), ~Member.is_invited).values(is_invited=True)
    invited: list[UUID] = list(session.scalars(waiting.returning(Member.id)))
    parts = [invited[start : start + AT_ONCE] for start in range(0, len(invited), AT_ONCE)]
    if parts:
        put_in_outbox(session, [PeopleInvited(members=part) for part in parts])
    return len(invited)
