"""The link by which a client's IT person sets a way in up, without an account: opened once, good for 72 hours."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.member import Member, deciding_role, holds, is_here
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.way_in_change import WayInChange
from services.identity.tenants.models.organisation import Organisation
from services.identity.tenants.models.staff_access import StaffAccess
from shared.database import lock_of, new_id
from shared.privacy.vault import vault_of
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

GOOD_FOR = timedelta(hours=72)


class SetupLinkIsOver(RuleBroken):
    """This link is over: it was opened in another browser, replaced by a new one, or is older than three days. Ask whoever sent it to you for a new one."""

    status = 404


class IsConfirmedAlready(RuleBroken):
    """The organisation has confirmed this way in, so the link changes nothing any more. Ask the organisation's administrator, who can change it in the settings."""


class SetupLink(TenantOwned, Base):
    """A link for the client's IT. Whoever opens it first holds it: from then on its browser's secret counts, and no longer the link's.

    `sealed_secret` is a client secret that was typed and has not become part of a way in yet, so that no error loses it.
    """

    __tablename__ = "setup_link"

    id: Mapped[UUID] = new_id()
    way_id: Mapped[UUID]  # of the way in that is set up by it: its return address is known before it is made
    made_by: Mapped[UUID]
    is_guests: Mapped[bool]  # made by somebody of the consultancy
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    holder_hash: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)

    @classmethod
    def make(cls, by: UUID, is_guests: bool, session: Session) -> tuple["SetupLink", str]:
        """Returns a fresh link in place of an earlier one, and its secret, which is kept nowhere."""
        session.execute(select(func.pg_advisory_xact_lock(lock_of(session, "setup-link"))))
        earlier = cls.latest(session)
        way_id = earlier.way_id if earlier and earlier.may_go_on(session) else uuid4()
        if earlier:
            session.delete(earlier)
            session.flush()
        secret, until = secrets.token_urlsafe(32), datetime.now(UTC) + GOOD_FOR
        hashed = hash_secret(secret)
        link = cls(way_id=way_id, made_by=by, is_guests=is_guests, secret_hash=hashed, expires_at=until)
        session.add(link)
        WayInChange.note(way_id, "link_made", by, session, ends_sessions=False)
        return link, secret

    @classmethod
    def latest(cls, session: Session) -> "SetupLink | None":
        """Returns the organisation's one link, also when it is over."""
        return session.scalars(select(cls)).one_or_none()

    def may_go_on(self, session: Session) -> bool:
        """Whether nothing speaks against setting up the same way in: it is not there yet, or nobody has confirmed it."""
        way = self.way(session)
        return way is None or (way.for_tests_only and way.closed_at is None)

    @classmethod
    def open(cls, id: UUID, secret: str, session: Session) -> str:
        """Returns the secret of the browser that holds the link from now on; raises SetupLinkIsOver for the second who comes."""
        unopened = select(cls).filter_by(id=id, secret_hash=hash_secret(secret), holder_hash=None)
        link = session.scalars(unopened.with_for_update()).one_or_none()
        if link is None or not link.holds_still(session):
            raise SetupLinkIsOver
        holder = secrets.token_urlsafe(32)
        link.holder_hash, link.opened_at = hash_secret(holder), datetime.now(UTC)
        WayInChange.note(link.way_id, "link_opened", None, session, ends_sessions=False)
        return holder

    @classmethod
    def held(cls, id: UUID, holder: str, session: Session) -> "SetupLink":
        """Returns the link for the browser that has opened it; raises SetupLinkIsOver for every other."""
        theirs = select(cls).filter_by(id=id, holder_hash=hash_secret(holder))
        link = session.scalars(theirs).one_or_none()
        if link is None or not link.holds_still(session):
            raise SetupLinkIsOver
        return link

    def holds_still(self, session: Session) -> bool:
        """Whether its time is not over, and whoever made it could still set a way in up."""
        return self.expires_at > datetime.now(UTC) and self._maker_decides(session)

    def _maker_decides(self, session: Session) -> bool:
        organisation = Organisation.ours(session)
        organisation.lets_people_in()
        if not self.is_guests:
            decides = holds(deciding_role(organisation.kind))
            return (
                session.scalar(select(Member.id).where(Member.id == self.made_by, is_here(), decides))
                is not None
            )
        leads = select(StaffAccess.id).where(StaffAccess.staff_id == self.made_by, StaffAccess.holds())
        leads = leads.where(StaffAccess.roles.contains(["lead"])).limit(1)
        return organisation.handed_over_on is None and session.scalar(leads) is not None

    def way(self, session: Session) -> Connection | None:
        """Returns the way in, once there is one."""
        return session.scalars(select(Connection).filter_by(id=self.way_id)).one_or_none()

    def keep_secret(self, secret: str) -> None:
        """Seals a client secret until the way in takes it over."""
        self.sealed_secret = vault_of("identity").seal(secret.encode())

    def _secret_kept(self) -> str:
        return vault_of("identity").open(self.sealed_secret).decode() if self.sealed_secret else ""

    def set_up(self, session: Session, **typed: Any) -> Connection:
        """Makes the way in, or changes it; until the organisation confirms it, it lets nobody in."""
        typed["secret"] = typed.get("secret") or self._secret_kept()
        way = self.way(session)
        if way is None:
            made = Connection.set_up(session, id=self.way_id, for_tests_only=True, **typed)
        else:
            made = self._changed(Connection.locked(way.id, session), session, typed)
        self.sealed_secret = None
        return made

    def _changed(self, way: Connection, session: Session, typed: dict[str, Any]) -> Connection:
        if not way.for_tests_only:
            raise IsConfirmedAlready
        way.change(session=session, **typed)
        return way
