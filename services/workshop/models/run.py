"""The runs that were planned, as workshop has heard of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.workshop.models.base import Base
from shared.messaging.planned_runs import RunThatWasPlanned


class PlannedRun(RunThatWasPlanned, Base):
    """A run for which people may begin something here; and when a round of it was opened last, and its key destroyed last.

    Both moments are those of the events: what tells of the opening travels apart from what tells of the key, and either may
    come late.
    """

    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def note_opening(cls, run_id: UUID, at: datetime, session: Session) -> None:
        """From now on people take part under a new key, should the one before have been destroyed."""
        cls._note_the_later(run_id, {"opened_at": at}, session)

    @classmethod
    def note_forgetting(cls, run_id: UUID, at: datetime, session: Session) -> None:
        cls._note_the_later(run_id, {"forgotten_at": at}, session)

    @classmethod
    def _note_the_later(cls, run_id: UUID, moment: dict[str, datetime], session: Session) -> None:
        [name] = moment
        row = insert(cls).values(run_id=run_id, **moment)
        later = func.greatest(getattr(cls, name), row.excluded[name])
        known = row.on_conflict_do_update(index_elements=["tenant_id", "run_id"], set_={name: later})
        session.execute(known, execution_options={"synchronize_session": False})

    @classmethod
    def opened_since(cls, run_id: UUID, at: datetime, session: Session) -> bool:
        return bool(session.scalar(select(cls.opened_at > at).filter_by(run_id=run_id)))

    @classmethod
    def knows_people(cls, run_id: UUID, session: Session) -> bool:
        """Whether anybody could be told apart who signs up now: not after the run's key is destroyed, until a round opens again."""
        begun = or_(cls.forgotten_at.is_(None), cls.opened_at > cls.forgotten_at)
        return session.scalar(select(func.coalesce(begun, False)).filter_by(run_id=run_id)) is not False
