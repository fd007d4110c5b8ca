"""The session from signing in to signing out: a browser holds its secret."""

import secrets
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import LargeBinary, String, delete, false, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.member import Member
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.limits import OF_EMPLOYEES, held_from
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.in_use import Ended, now, this_hour
from services.identity.sign_in.models.sign_in import SignIn
from shared.contracts.api.identity import Browser, Device
from shared.database import belongs_to, new_id, sessions_of, unique_in_tenant
from shared.privacy.rewriting import write_anew_tonight
from shared.tenancy.sessions import TenantOwned, acting_for, tenant_of

IDLE, LONGEST = OF_EMPLOYEES


class BrowserKind(TypedDict, total=False):
    """All that is kept of a browser."""

    browser: Browser
    device: Device


class SignInSession(TenantOwned, Base):
    """A sign-in session: its secret is in one browser's cookie, its hash here; ending it here ends it at once. When it began and was
    last used is known to the hour that had begun then, so an employee's ends after 23 to 24 hours, or 6 to 8 without a click."""

    __tablename__ = "visit"

    id: Mapped[UUID] = new_id()
    member_id: Mapped[UUID]
    connection_id: Mapped[UUID]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sid_hash: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)
    browser: Mapped[Browser] = mapped_column(String, default="other", server_default="other")
    device: Mapped[Device] = mapped_column(String, default="computer", server_default="computer")
    has_second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    __table_args__ = (
        belongs_to("member_id", "member.id"),
        belongs_to("connection_id", "connection.id"),
        unique_in_tenant("secret_hash"),
    )

    @classmethod
    def open(
        cls,
        member: Member,
        connection_id: UUID,
        session: Session,
        *,
        sid: str | None = None,
        has_second_factor: bool = False,
        **browser: Unpack[BrowserKind],
    ) -> str:
        """Open a session by a way in, with which it ends, as it does with the provider's own session `sid`; what the browser is to hold is
        returned once and kept nowhere. Beside which acts of the day it was opened is not to be seen any longer than until the night."""
        session.execute(delete(cls).where(cls.ends_at < now()))
        secret = secrets.token_urlsafe(32)
        opened = cls(
            member_id=member.id,
            connection_id=connection_id,
            secret_hash=hash_secret(secret),
            seen_at=this_hour(),
            ends_at=this_hour() + LONGEST,
            sid_hash=hash_of(connection_id, sid),
            has_second_factor=has_second_factor,
            **browser,
        )
        session.add(opened)
        write_anew_tonight(session, tenant_of(session))
        return held_from(secret, now())

    @classmethod
    def were_used(cls, ended: Ended) -> None:
        """Writes down, in a transaction of its own, which sessions were used in an hour that is over."""
        with acting_for(ended.tenant), sessions_of("identity").begin() as session:
            theirs = update(cls).where(cls.id.in_(ended.ids), cls.seen_at < ended.hour)
            session.execute(theirs.values(seen_at=ended.hour))

    @classmethod
    def end(cls, id: UUID, session: Session) -> UUID | None:
        """Returns the way in by which it was opened."""
        return session.scalar(delete(cls).filter_by(id=id).returning(cls.connection_id))

    @classmethod
    def end_at_provider(
        cls, connection: Connection, subject: str | None, sid: str | None, session: Session
    ) -> None:
        """Ends what a provider has ended: the sessions of this person that were opened by this way in; with `sid`, those of that
        session of the provider's alone, and the person's of which the provider did not say where they belong."""
        ended = delete(cls).where(cls.connection_id == connection.id)
        if subject is not None:
            theirs = select(Member.id).filter_by(issuer=connection.issuer, subject=subject)
            ended = ended.where(cls.member_id.in_(theirs))
        if sid is not None:
            of_that = cls.sid_hash == hash_of(connection.id, sid)
            ended = ended.where(of_that if subject is None else of_that | cls.sid_hash.is_(None))
        session.execute(ended)

    @classmethod
    def end_all(cls, session: Session) -> None:
        """Ends all sessions of the organisation, also of those who are about to sign in."""
        for noun in (cls, SignIn):
            session.execute(delete(noun))

    @classmethod
    def end_all_of(cls, member_id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(member_id=member_id))


def hash_of(connection_id: UUID, sid: str | None) -> bytes | None:
    """How a provider's session is kept: of another way in the same name is another one."""
    return hash_secret(f"{connection_id} {sid}") if sid else None
