"""Signs of life: which places of a session are filled just now. Kept in no log, and gone with a crash of the database."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import SmallInteger, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.workshop.models.base import Base
from shared.tenancy.sessions import TenantOwned

STEP = timedelta(seconds=20)
"""How often a sign of life is written down; more often would only be writing."""
AWAY_AFTER = timedelta(minutes=3)
STEPS_A_DAY = timedelta(days=1) // STEP


def this_step() -> int:
    """Returns the step of the day that it is now."""
    return int(time.time() / STEP.total_seconds()) % STEPS_A_DAY


class SignOfLife(TenantOwned, Base):
    """The latest sign of whoever has a place, by the time of day alone, and whether she is ready for the next step. It is written
    in a transaction of its own, so that it is tied to nothing that she does."""

    __tablename__ = "sign_of_life"
    __table_args__ = {"prefixes": ["UNLOGGED"]}
    place_id: Mapped[UUID] = mapped_column(primary_key=True)
    workshop_id: Mapped[UUID]
    step: Mapped[int] = mapped_column(SmallInteger)
    ready_for: Mapped[int | None] = mapped_column(default=None)
    """The visit of a step of the session for which this person has said: ready."""

    @classmethod
    def note(cls, place_id: UUID, workshop_id: UUID, session: Session, **ready: int | None) -> None:
        """Writes down that somebody is here, and `ready_for` if it is given."""
        row = insert(cls).values(place_id=place_id, workshop_id=workshop_id, step=this_step(), **ready)
        keys = ["tenant_id", "place_id"]
        session.execute(row.on_conflict_do_update(index_elements=keys, set_={"step": this_step(), **ready}))

    @classmethod
    def forget(cls, workshop_id: UUID, session: Session) -> None:
        session.execute(delete(cls).filter_by(workshop_id=workshop_id))

    @property
    def age(self) -> timedelta:
        return (this_step() - self.step) % STEPS_A_DAY * STEP

    @property
    def seen_at(self) -> datetime:
        return datetime.now(UTC) - self.age

    @property
    def is_fresh(self) -> bool:
        return self.age < STEP

    @property
    def is_here(self) -> bool:
        return self.age < AWAY_AFTER
