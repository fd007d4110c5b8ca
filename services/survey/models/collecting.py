"""A run's collecting of views: when it is open, how it is moderated, who may read before writing."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from services.survey.models.theme import Theme
from services.survey.models.view import View, next_night
from services.survey.writings import Waiting
from shared.contracts.api.survey import State
from shared.contracts.process import PhaseMoved, PhaseOpened
from shared.contracts.survey import CollectingEnded, ThemePublished, ViewsAwaitModeration
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.privacy.disclosure import FEWEST
from shared.problems import RuleBroken
from shared.settings import setting
from shared.tenancy.sessions import TenantOwned

MOST = 50
HANDFUL_LEAVES, AUTHORS_BEGIN_ANEW = "handful_leaves", "authors_begin_anew"
MODERATORS_ARE_REMINDED = "writers_are_counted"  # as it has always been called in the table
PLANNED: Final = "planned"
OPEN: Final = "open"
ENDED: Final = "ended"


class CollectingHasNotBegun(RuleBroken):
    """Views are not taken yet. The agreed path tells when they are."""


class CollectingHasEnded(RuleBroken):
    """Views are not taken any more. You can still follow yours, and take them back."""


class ThemesAreSettled(RuleBroken):
    """People have begun to answer these questions, so they stay as they are."""


def every() -> timedelta:
    """Returns how often somebody looks whether a handful has come together: at moments that nobody's act sets."""
    return timedelta(seconds=float(setting("HANDFULS_EVERY", "300")))


def handful_in(settings: dict[str, str]) -> int:
    """Returns of how many authors views leave together, never fewer than hide each of them."""
    wanted = settings.get("give_views.handful", "")
    return min(MOST, max(FEWEST, int(wanted))) if wanted.isascii() and wanted.isdigit() else FEWEST


class Collecting(TenantOwned, TellsOthers, SetsTimers, Base):
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

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def may_be_read_by_everybody(self) -> bool:
        """Whether colleagues' views are read without having given one."""
        return self.read_first or self.state == ENDED

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
        self.look_for_a_handful_after(every())
        self.remind_the_moderators_tonight()

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
        self.cancel(HANDFUL_LEAVES)
        self.cancel(MODERATORS_ARE_REMINDED)

    def look_for_a_handful_after(self, pause: timedelta) -> None:
        self.schedule(HANDFUL_LEAVES, datetime.now(UTC) + pause)

    def remind_the_moderators_tonight(self) -> None:
        self.schedule(MODERATORS_ARE_REMINDED, next_night())

    def remind_the_moderators(self, waiting: int) -> None:
        """A day has passed, and so many views wait to be read."""
        if waiting:
            self.tell(ViewsAwaitModeration(run_id=self.id, waiting=waiting))
        self.remind_the_moderators_tonight()

    def forget(self, at: datetime) -> bool:
        """The run's key was destroyed at this moment; returns whether that is about what was written until now. Heard late, when views are
        taken anew since, it is about a key of before. Where views are taken still, what is written from now on comes under a new key, in a
        transaction of its own: this one may be done again."""
        if self.opened_at and at < self.opened_at:
            return False
        self.forgotten_at = at
        if self.is_open:
            self.take_authors_anew_in_a_moment()
        return True

    def take_authors_anew_in_a_moment(self) -> None:
        self.schedule(AUTHORS_BEGIN_ANEW, datetime.now(UTC))

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
