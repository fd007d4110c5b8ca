"""The mark that is left of a person who was forgotten: by it a living run knows them again, and nobody without its key can."""

from uuid import UUID

from sqlalchemy import LargeBinary, any_, delete, func, literal, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import Base
from services.identity.people.models.member import Member
from shared.tenancy.sessions import TenantOwned


class ReturnMark(TenantOwned, Base):
    """HMAC-SHA-256, under a key of the run, of somebody's (issuer, subject) or e-mail address. Without the key it cannot be
    told whose it is, nor that two of them belong together. No time, no member: nothing else that ties rows."""

    __tablename__ = "return_mark"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, repr=False)

    @classmethod
    def die_with_key(cls, run_id: UUID, purpose: str, session: Session) -> None:
        session.execute(delete(cls).filter_by(run_id=run_id, purpose=purpose))


def nobody_only_reads(run_id: UUID, session: Session) -> None:
    """Without a key of the run nobody can be told from anybody: no account is closed out of it any more."""
    reading = update(Member).where(literal(run_id) == any_(Member.reads_along))
    session.execute(reading.values(reads_along=func.array_remove(Member.reads_along, run_id)))
