"""The pulse of a hall: how many changes it has seen, so that screens know where they stand."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_dirty

from services.townhall.models.base import Base
from shared.database import belongs_to
from shared.messaging.scheduling import notify_streams
from shared.tenancy.sessions import TenantOwned

STIRRED = "stirred_halls"


class Pulse(TenantOwned, Base):
    """A row of its own, so that 1,200 answers never wait for the host's acts, nor the host for them."""

    __tablename__ = "pulse"
    __table_args__ = (belongs_to("hall_id", "hall.id"),)

    hall_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class StirsItsHall:
    """A thing whose changes stand on the screens of a hall."""

    hall_by: ClassVar[str] = "hall_id"
    """The column that says which hall."""

    def stir(self) -> None:
        self.__dict__["_stirred"] = True
        flag_dirty(self)

    @property
    def is_stirred(self) -> bool:
        """Whether the screens are to be woken, and are not yet."""
        return "_stirred" in self.__dict__


def stir(session: Session, hall_id: UUID) -> None:
    """Has one more change counted and the screens woken when the session commits."""
    session.info.setdefault(STIRRED, set()).add(hall_id)


@event.listens_for(Session, "before_flush")
def note_what_was_stirred(session: Session, flush_context, instances) -> None:
    for thing in [*session.new, *session.dirty]:
        if isinstance(thing, StirsItsHall) and thing.__dict__.pop("_stirred", False):
            stir(session, getattr(thing, thing.hall_by))


@event.listens_for(Session, "before_commit")
def wake_the_screens(session: Session) -> None:
    """The last act of a change, whatever else it has to wait for: so nobody waits in a circle."""
    if session.info.get("service") != "townhall":
        return
    session.flush()
    for hall_id in sorted(session.info.pop(STIRRED, ())):
        session.execute(update(Pulse).filter_by(hall_id=hall_id).values(version=Pulse.version + 1))
        notify_streams(session, "townhall", hall_id)


@event.listens_for(Session, "after_rollback")
def forget_what_was_stirred(session: Session) -> None:
    session.info.pop(STIRRED, None)


def version_of(session: Session, hall_id: UUID) -> int:
    return session.scalar(select(Pulse.version).filter_by(hall_id=hall_id)) or 0
