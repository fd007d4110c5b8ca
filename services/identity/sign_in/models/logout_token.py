"""Numbers of logout tokens that were used, so that none is used twice."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.models.in_use import now
from shared.database import belongs_to
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

KEPT = timedelta(minutes=15)  # longer than a token is believed


class LogoutTokenUsed(RuleBroken):
    """This logout was told before. Nothing is left to be done."""


class UsedLogoutToken(TenantOwned, Base):
    """A provider's number of a logout token, hashed."""

    __tablename__ = "used_logout_token"

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    number_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, repr=False)
    expires_at: Mapped[datetime]
    __table_args__ = (belongs_to("connection_id", "connection.id"),)

    @classmethod
    def use(cls, connection_id: UUID, number: str, session: Session) -> None:
        """Raises LogoutTokenUsed the second time."""
        session.execute(delete(cls).where(cls.expires_at < now()))
        row = {
            "connection_id": connection_id,
            "number_hash": hash_secret(number),
            "expires_at": now() + KEPT,
        }
        is_new = insert(cls).values(row).on_conflict_do_nothing().returning(cls.number_hash)
        if session.scalar(is_new) is None:
            raise LogoutTokenUsed
