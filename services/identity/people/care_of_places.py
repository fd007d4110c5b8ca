"""Units and sites get other names, and two of them become one."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.identity.models import Belonging
from services.identity.people.models.member import (
    PLACES_COUNTED,
    Member,
    Site,
    Unit,
    is_here,
    places_counted_at,
)
from shared.contracts.identity import MemberChanged
from shared.database import find
from shared.messaging.events import Event
from shared.messaging.outbox import put_in_outbox
from shared.messaging.scheduling import schedule
from shared.problems import RuleBroken
from shared.tenancy.sessions import tenant_of

Kind = type[Unit] | type[Site]


class NameOfAnother(RuleBroken):
    """Another one has this name already. If both are the same, make one of them."""

    field = "name"


class IntoItself(RuleBroken):
    """Choose another one than this: two become one."""

    status = 422
    field = "into_id"


def rename(kind: Kind, place: Unit | Site, name: str, session: Session) -> None:
    if session.scalar(select(kind.id).where(kind.name == name, kind.id != place.id)):
        raise NameOfAnother
    place.name = name


def merge(kind: Kind, gone_id: UUID, stays_id: UUID, session: Session) -> None:
    """Moves everybody. Where people belong for the counts of an activity stays written down, so that nobody reads from two counts
    who has taken part; the one that is gone stays for these alone."""
    if gone_id == stays_id:
        raise IntoItself
    gone, stays = find(session, kind, gone_id), find(session, kind, stays_id)
    column, belongs = (
        (Member.unit_id, Belonging.unit_id) if kind is Unit else (Member.site_id, Belonging.site_id)
    )
    moved = update(Member).where(column == gone.id).values({column: stays.id}).returning(Member.id)
    tell_of(list(session.scalars(moved)), session)
    if session.scalar(select(Belonging.member_id).where(belongs == gone.id).limit(1)) is None:
        session.delete(gone)


def tell_of(moved: list[UUID], session: Session) -> None:
    here = select(Member).where(Member.id.in_(moved), is_here()).execution_options(populate_existing=True)
    events: list[Event] = [MemberChanged(**member._facts()) for member in session.scalars(here)]
    if events:
        put_in_outbox(session, events)
        schedule(session, places_counted_at(), PLACES_COUNTED, tenant_of(session))


def members_of(kind: Kind, id: UUID, session: Session) -> int:
    column = Member.unit_id if kind is Unit else Member.site_id
    return session.scalars(select(func.count()).select_from(Member).where(is_here(), column == id)).one()
