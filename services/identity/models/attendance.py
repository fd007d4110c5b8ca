"""Who has taken part in an activity: apart from what they said, so that reminders reach only the others."""

import random
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.models.base import Base
from shared.contracts.identity import AttendanceKnown
from shared.database import belongs_to, put_in_outbox
from shared.events import Event
from shared.tenancy import TenantOwned, tenant_of

AT_ONCE = 1000


class Attendance(TenantOwned, Base):
    """A member has taken part in an activity of a run. No time and no order, nothing that points to content."""

    __tablename__ = "attendance"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    __table_args__ = (belongs_to("member_id", "member.id"),)

    @classmethod
    def note(cls, run_id: UUID, activity: str, members: Iterable[UUID], session: Session) -> None:
        """Put these members on the list and tell the others who is on it."""
        about = {"run_id": run_id, "activity": activity, "tenant_id": tenant_of(session)}
        if rows := [about | {"member_id": member_id} for member_id in members]:
            session.execute(insert(cls).on_conflict_do_nothing(), rows)
        cls._tell(run_id, activity, session)

    @classmethod
    def activities_of(cls, run_id: UUID, session: Session) -> list[str]:
        return list(session.scalars(select(cls.activity).filter_by(run_id=run_id).distinct()))

    @classmethod
    def _tell(cls, run_id: UUID, activity: str, session: Session) -> None:
        """Who they are, shuffled, in parts."""
        members = list(session.scalars(select(cls.member_id).filter_by(run_id=run_id, activity=activity)))
        random.SystemRandom().shuffle(members)
        told: list[Event] = [
            AttendanceKnown(run_id=run_id, activity=activity, members=members[start : start + AT_ONCE])
            for start in range(0, len(members), AT_ONCE)
        ]
        if told:
            put_in_outbox(session, told)
