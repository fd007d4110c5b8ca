"""A sign-in that has begun: what is known of it until the provider sends the person back."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.in_use import now
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

MINUTES_TO_SIGN_IN = 10


class SignInExpired(RuleBroken):
    """This sign-in was not started here, or it took too long. Start again from the front page."""

    status = 400


class SignIn(TenantOwned, Base):
    """A sign-in that has begun: what has to come back from the provider, once and within ten minutes."""

    __tablename__ = "sign_in"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    nonce: Mapped[str] = mapped_column(repr=False)
    verifier: Mapped[str] = mapped_column(repr=False)
    redirect_uri: Mapped[str]
    back: Mapped[str]
    expires_at: Mapped[datetime]
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (belongs_to("connection_id", "connection.id"), unique_in_tenant("state_hash"))

    @classmethod
    def begin(
        cls, connection: Connection, redirect_uri: str, back: str, session: Session
    ) -> tuple["SignIn", str]:
        """The sign-in, and the state that proves to belong to the browser that began it."""
        session.execute(delete(cls).where(cls.expires_at < now()))
        state = secrets.token_urlsafe(32)
        begun = cls(
            connection_id=connection.id,
            state_hash=hash_secret(state),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            back=back,
            expires_at=now() + timedelta(minutes=MINUTES_TO_SIGN_IN),
        )
        session.add(begun)
        return begun, state

    @classmethod
    def take(cls, state: str, session: Session) -> "SignIn":
        """Takes out and returns what was begun under this state: nobody comes back twice."""
        taken = (
            delete(cls).filter_by(state_hash=hash_secret(state)).where(cls.expires_at >= now()).returning(cls)
        )
        begun = session.scalars(taken).one_or_none()
        if begun is None:
            raise SignInExpired
        session.expunge(begun)
        return begun
