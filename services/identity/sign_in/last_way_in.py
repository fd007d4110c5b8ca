"""Closing the last way in: only for somebody who has named who can still get in."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.identity.people.models.member import Member, deciding_role, holds, is_here
from services.identity.sign_in.models.connection import Connection
from services.identity.tenants.models.organisation import Organisation
from services.identity.tenants.models.staff_access import StaffAccess, today
from shared.problems import RuleBroken


class WouldLockOut(RuleBroken):
    """After this nobody of yours could sign in and change that. Write the name of a colleague of the consultancy who leads your path and has access today: this colleague can reopen it. Or open another way in first. Should everybody be locked out after all, whoever runs Polku opens a way in again: python -m services.identity.lockout, with two named people."""

    status = 422
    field = "still_gets_in"


class LastWayIn:
    """A way in that is to be closed, and who could open it again."""

    def __init__(self, connection: Connection, session: Session) -> None:
        self.connection, self.session = connection, session

    def keeper(self, named: str) -> UUID | None:
        """Returns who of the consultancy may reopen it; None where another administrator signs in by another way."""
        if self.is_not_the_last:
            return None
        for grant in self._leads():
            if grant.staff_name.casefold() == named.strip().casefold():
                return grant.staff_id
        raise WouldLockOut

    @property
    def is_not_the_last(self) -> bool:
        """Whether somebody who decides has signed in by another way that stays open."""
        deciding = holds(deciding_role(Organisation.ours(self.session).kind))
        others = select(Connection.id).where(
            Connection.closed_at.is_(None), Connection.id != self.connection.id
        )
        able = select(Member.id).where(is_here(), deciding, Member.connection_id.in_(others)).limit(1)
        return self.session.scalar(able) is not None

    def _leads(self) -> list[StaffAccess]:
        valid = select(StaffAccess).where(StaffAccess.ended_at.is_(None), StaffAccess.ends_on >= today())
        leading = valid.where(StaffAccess.roles.contains(["lead"]))
        return list(self.session.scalars(leading.order_by(StaffAccess.granted_at, StaffAccess.id)))
