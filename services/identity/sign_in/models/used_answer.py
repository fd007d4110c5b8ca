"""Answers of SAML providers that have been used: none is taken a second time."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import LargeBinary, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.sign_in.hashing import hash_secret
from services.identity.sign_in.models.in_use import now
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.tenancy.sessions import TenantOwned


class UsedAnswer(TenantOwned, Base):
    """The id of an assertion, hashed, until the hour after which it would not be believed any more. It names nobody."""

    __tablename__ = "used_answer"

    id: Mapped[UUID] = new_id()
    connection_id: Mapped[UUID]
    id_hash: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    ends_at: Mapped[datetime]
    __table_args__ = (
        belongs_to("connection_id", "connection.id"),
        unique_in_tenant("connection_id", "id_hash"),
    )

    @classmethod
    def is_new(cls, connection_id: UUID, assertion_id: str, until: datetime, session: Session) -> bool:
        """Notes an assertion; False where it was used before. Those that are over are let go."""
        session.execute(delete(cls).where(cls.ends_at < now()))
        hour = until.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        values = {
            "id": uuid4(),
            "connection_id": connection_id,
            "id_hash": hash_secret(assertion_id),
            "ends_at": hour,
        }
        noted = insert(cls).values(**values).on_conflict_do_nothing().returning(cls.id)
        return session.scalar(noted) is not None
