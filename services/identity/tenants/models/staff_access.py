"""The consultancy's access to a client's rooms, its reason and its end; the client sees it and can end it."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Index, and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.audit.chain import Fact, digest_of
from services.identity.audit.models.entry import Actor, note
from services.identity.base import WORDS, Base
from services.identity.base import today as today
from services.identity.people.models.member import STAFF_ROLES, NoSuchRole
from services.identity.tenants.models.organisation import Organisation
from shared.contracts.identity import StaffAccessEnded, StaffAccessGranted
from shared.database import moment, new_id
from shared.languages import ZONE
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.cleaning import shows_something

LONGEST_DAYS = 400


class NoAccess(RuleBroken):
    """You have no access to this client, or it has ended. Ask the colleague who leads its path."""

    status = 403


class ReasonNeeded(RuleBroken):
    """The client will read why a colleague has access. Write the reason in a sentence."""

    status = 422
    field = "reason"


class EndsTooLateOrTooEarly(RuleBroken):
    """Access ends on a day between today and thirteen months from now. Choose such a day."""

    status = 422
    field = "ends_on"


class StaffAccess(TenantOwned, TellsOthers, SetsTimers, Base):
    """A grant, in the client's own rows: a named person of the consultancy, roles, a reason and a last day."""

    __tablename__ = "staff_access"

    id: Mapped[UUID] = new_id()
    staff_id: Mapped[UUID]
    staff_name: Mapped[str]
    home_id: Mapped[UUID]
    roles: Mapped[list[str]] = mapped_column(WORDS)
    reason: Mapped[str]
    ends_on: Mapped[date]
    granted_by: Mapped[str]
    granted_at: Mapped[datetime] = moment()
    last_used_on: Mapped[date | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(default=None)
    __table_args__ = (Index("ix_staff_access_staff", "tenant_id", "staff_id"),)

    @classmethod
    def grant(
        cls, session: Session, *, roles: list[str], reason: str, ends_on: date, **whom
    ) -> "StaffAccess":
        if not roles or set(roles) - STAFF_ROLES:
            raise NoSuchRole
        if not shows_something(reason):
            raise ReasonNeeded
        if not 0 <= (ends_on - today()).days <= LONGEST_DAYS:
            raise EndsTooLateOrTooEarly
        access = cls(roles=sorted(set(roles)), reason=reason.strip(), ends_on=ends_on, **whom)
        session.add(access)
        access._tell_that_it_is_granted()
        access.schedule("access_ends", day_after(ends_on))
        facts: dict[str, Fact] = {
            "whom": access.staff_id,
            "roles": access.roles,
            "until": ends_on.isoformat(),
            "reason": digest_of(access.reason),
        }
        note(session, "access_granted", about_id=access.id, facts=facts)
        return access

    def _tell_that_it_is_granted(self) -> None:
        about = {"grant_id": self.id, "staff_id": self.staff_id, "consultancy_id": self.home_id}
        self.tell(StaffAccessGranted(**about, roles=self.roles, ends_on=self.ends_on.isoformat()))

    @classmethod
    def valid_for(cls, staff_id: UUID, session: Session) -> tuple[Organisation, list["StaffAccess"]]:
        """The organisation, and the grants that let this person in today; NoAccess when there is none."""
        theirs = select(Organisation, cls).join(cls, cls.tenant_id == Organisation.tenant_id)
        theirs = theirs.where(cls.staff_id == staff_id, cls.holds()).order_by(cls.ends_on.desc(), cls.id)
        found = session.execute(theirs).all()
        if not found:
            raise NoAccess
        return found[0][0], [grant for _, grant in found]

    @classmethod
    def holds(cls) -> ColumnElement[bool]:
        return and_(cls.ended_at.is_(None), cls.ends_on >= today())

    def was_used(self, session: Session) -> None:
        """The client reads on which days somebody came in, and when first."""
        if self.last_used_on != today():
            self.last_used_on = today()
            note(session, "came_in", Actor("guest", self.staff_id), about_id=self.id)

    def end(self, by: str | None, session: Session) -> None:
        """By somebody, or by nobody when its last day is over."""
        if self.ended_at is None:
            self.ended_at, self.ended_by = session.scalar(select(func.now())), by
            self.cancel("access_ends")
            about = {"grant_id": self.id, "staff_id": self.staff_id, "consultancy_id": self.home_id}
            self.tell(StaffAccessEnded(**about))
            note(session, "access_ended", about_id=self.id, facts={"whom": self.staff_id})

    @property
    def is_valid(self) -> bool:
        return self.ended_at is None and self.ends_on >= today()


def day_after(day: date) -> datetime:
    """The first moment when the day is over."""
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


class Assignment(TenantOwned, Base):
    """A grant on the consultancy's own list: which clients its people may enter. The client's rows decide."""

    __tablename__ = "assignment"

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    roles: Mapped[list[str]] = mapped_column(WORDS)
    ends_on: Mapped[date]
    ended: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index("ix_assignment_staff", "tenant_id", "staff_id"),)

    @classmethod
    def note(cls, session: Session, grant_id: UUID, **granted) -> None:
        """Put a grant on the list, once: the screen and the listener may do so at the same moment."""
        session.execute(insert(cls).values(grant_id=grant_id, **granted).on_conflict_do_nothing())

    @classmethod
    def strike(cls, session: Session, grant_id: UUID) -> None:
        for assignment in session.scalars(select(cls).filter_by(grant_id=grant_id)):
            assignment.ended = True
