"""A run's collecting of views: when it is open, how it is moderated, who may read before writing."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import String, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.survey.models.base import Base
from services.survey.models.theme import Theme
from services.survey.models.view import View
from services.survey.writings import Waiting
from shared.contracts.api.survey import State
from shared.contracts.process import PhaseMoved, PhaseOpened
from shared.contracts.survey import CollectingEnded, ThemePublished
from shared.messaging.outbox import TellsOthers
from shared.privacy.disclosure import FEWEST
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned

MOST = 50
PLANNED: Final = "planned"
OPEN: Final = "open"
ENDED: Final = "ended"


class CollectingHasNotBegun(RuleBroken):
    """Views are not taken yet. The agreed path tells when they are."""


class CollectingHasEnded(RuleBroken):
    """Views are not taken any more. You can still follow yours, and take them back."""


class ThemesAreSettled(RuleBroken):
    """People have begun to answer these questions, so they stay as they are."""


def handful_in(settings: dict[str, str]) -> int:
    """Returns of how many authors views leave together, never fewer than hide each of them."""
    wanted = settings.get("give_views.handful", "")
    return min(MOST, max(FEWEST, int(wanted))) if wanted.isascii() and wanted.isdigit() else FEWEST


class Collecting(TenantOwned, TellsOthers, Base):
    """The collecting of views in one run; it has the run's own id."""

    __tablename__ = "collecting"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    languages: Mapped[list[str]] = mapped_column(JSONB)
    state: Mapped[State] = mapped_column(String, default=PLANNED)
    phase: Mapped[str | None] = mapped_column(default=None)
    closes_at: Mapped[datetime | None] = mapped_column(default=None)
    moderated_first: Mapped[bool] = mapped_column(default=True)
    read_first: Mapped[bool] = mapped_column(default=False)
    handful: Mapped[int] = mapped_column(default=FEWEST)  # authors whose views leave together
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    """The last time, as the event says it: what tells of the opening and of the key's death travel apart, and either may be late."""
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def held_open(cls, run_id: UUID, session: Session) -> "Collecting | None":
        """Returns the run's collecting, which nobody changes until we commit, for reading: it is not of the session, and what is set on it
        is kept nowhere."""
        row = session.connection().execute(HELD_OPEN, {"run": run_id}).one_or_none()
        return cls(**row._mapping) if row else None

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def is_forgotten(self) -> bool:
        """Whether the run's key was destroyed after views were last begun to be taken."""
        return bool(self.forgotten_at and (self.opened_at is None or self.opened_at < self.forgotten_at))

    def begin(self, phase: PhaseOpened, at: datetime, themes: list[Theme]) -> None:
        self.opened_at = max(at, self.opened_at or at)
        self.phase, self.closes_at = phase.phase, phase.closes_at
        self.moderated_first = phase.settings.get("give_views.moderation", "before") != "after"
        self.read_first = phase.settings.get("give_views.read_first", "no") == "yes"
        self.handful = handful_in(phase.settings)
        if self.state == PLANNED:
            self._publish(themes)
        self.state = OPEN

    def _publish(self, themes: list[Theme]) -> None:
        for theme in themes:
            self.tell(
                ThemePublished(run_id=self.id, theme_id=theme.id, position=theme.position, key=theme.key)
            )

    def move(self, moved: PhaseMoved) -> None:
        """The agreed dates changed; whether it is open is decided by the phase alone."""
        if moved.phase == self.phase:
            self.closes_at = moved.closes_at

    def end(self, shared: int, rejected: int, withdrawn: int) -> None:
        self.state = ENDED
        self.tell(CollectingEnded(run_id=self.id, shared=shared, rejected=rejected, withdrawn=withdrawn))

    def must_be_open(self) -> None:
        if self.state == PLANNED:
            raise CollectingHasNotBegun
        if self.state == ENDED:
            raise CollectingHasEnded

    def take(self, waiting: Waiting) -> View:
        """A view that leaves its author's row, shared at once or after a moderator has read it, as the phase says."""
        view = View(
            id=waiting.id,
            run_id=self.id,
            theme_id=waiting.theme_id,
            text=waiting.text,
            language=waiting.language,
            receipt_hash=waiting.receipt_hash,
        )
        if not self.moderated_first:
            view.share()
        return view

    def reword(self, theme: Theme, words: dict) -> None:
        if self.state != PLANNED:
            raise ThemesAreSettled
        theme.words = words


# Whoever gives a view asks this: columns, not an object that the session would keep (docs/performance.md).
_columns = [column for column in Collecting.__table__.c if column.name != "tenant_id"]
HELD_OPEN = select(*_columns).where(Collecting.__table__.c.id == bindparam("run")).with_for_update(read=True)
