"""The pulse of a hall: how many changes it has seen, so that screens know where they stand."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.townhall.models.base import Noun
from shared.database import belongs_to, wake


class Pulse(Noun):
    """A row of its own, so that 1,200 answers never wait for the host's acts, nor the host for them."""

    __tablename__ = "pulse"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    hall_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


def stir(session: Session, hall_id: UUID) -> None:
    """Count one more change and wake the screens. Always the last act of a change: nobody then waits in a circle."""
    session.flush()
    session.execute(update(Pulse).filter_by(hall_id=hall_id).values(version=Pulse.version + 1))
    wake(session, "townhall", hall_id)


def version_of(session: Session, hall_id: UUID) -> int:
    return session.scalar(select(Pulse.version).filter_by(hall_id=hall_id)) or 0
