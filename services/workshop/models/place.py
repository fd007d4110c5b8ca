"""A person's place at a workshop: on the list, waiting, present, in a group. Known by pseudonym only."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.grouping import Seated
from services.workshop.models.base import Base
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.tenancy import TenantOwned
from shared.tokens import Caller

SIGN_OF_LIFE = timedelta(seconds=20)
"""How often a sign of life is written down; more often would only be writing."""
AWAY_AFTER = timedelta(minutes=3)


class Place(TenantOwned, Base):
    """One person's place. Traits and signs of life are kept until the session ends, then forgotten."""

    __tablename__ = "place"
    __table_args__ = (
        belongs_to("workshop_id", "workshop.id"),
        belongs_to("group_id", "group.id"),
        unique_in_tenant("workshop_id", "participant"),
        Index(None, "tenant_id", "group_id"),
        Index(None, "tenant_id", "participant"),
    )
    id: Mapped[UUID] = new_id()
    workshop_id: Mapped[UUID]
    participant: Mapped[UUID]
    turn: Mapped[int]
    """The order of signing up; the waiting list moves by it."""
    is_waiting: Mapped[bool] = mapped_column(default=False)
    unit: Mapped[str | None] = mapped_column(default=None)
    site: Mapped[str | None] = mapped_column(default=None)
    role: Mapped[str | None] = mapped_column(default=None)
    language: Mapped[str] = mapped_column(default="fi")
    group_id: Mapped[UUID | None] = mapped_column(default=None)
    has_attended: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    ready_for: Mapped[int | None] = mapped_column(default=None)
    """The visit of a step for which this person has said: ready."""

    @classmethod
    def for_caller(cls, workshop_id: UUID, caller: Caller, turn: int, is_waiting: bool) -> "Place":
        return cls(
            workshop_id=workshop_id,
            participant=caller.subject,
            turn=turn,
            is_waiting=is_waiting,
            unit=caller.unit,
            site=caller.site,
            role="supervisor" if caller.is_any("supervisor") else None,
            language=caller.language,
        )

    @property
    def as_seated(self) -> Seated:
        return Seated(self.id, (self.unit, self.site, self.role, self.language))

    @property
    def is_here(self) -> bool:
        return self.seen_at is not None and datetime.now(UTC) - self.seen_at < AWAY_AFTER

    def show_life(self) -> bool:
        """Whether the sign was news."""
        now, was_here = datetime.now(UTC), self.is_here
        if self.seen_at is None or now - self.seen_at > SIGN_OF_LIFE:
            self.seen_at, self.has_attended = now, True
        return not was_here

    def is_ready(self, visit: int, ready: bool) -> None:
        self.ready_for = visit if ready else None

    def forget(self) -> None:
        """The session is over: what made groups and showed presence is of no use any more."""
        self.unit = self.site = self.role = self.seen_at = self.ready_for = None
        self.language = ""
