"""A view: what one colleague thinks about a theme, in their own words.

Nothing here says when: no time, no number that counts up, a random id. Nothing here says whose: its author's sealed row does.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.models.base import Base
from shared.contracts.api.survey import Status
from shared.contracts.survey import ViewModerated, ViewRevised, ViewShared, ViewWithdrawn
from shared.database import belongs_to, new_id, unique_in_tenant
from shared.languages import ZONE
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import RuleBroken
from shared.tenancy.sessions import TenantOwned
from shared.web.wordings import fingerprint_of, must_be_read

WITHDRAWALS_ARE_TOLD, AT_NIGHT = "withdrawals_are_told", time(3)
WAITING: Final = "waiting"
SHARED: Final = "shared"
REJECTED: Final = "rejected"
WITHDRAWN: Final = "withdrawn"


class AlreadyWithdrawn(RuleBroken):
    """This view was taken back, and its words are gone. Write a new one."""


class ReasonMissing(RuleBroken):
    """Choose why the view is not shown: its author is told the reason, also when nobody knows who that is."""

    status = 422
    field = "ground"


def next_night() -> datetime:
    """Returns three o'clock of the night to come."""
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    return datetime.combine(tomorrow, AT_NIGHT, ZONE).astimezone(UTC)


class View(TenantOwned, TellsOthers, SetsTimers, Base):
    """One colleague's view on one theme."""

    __tablename__ = "view"
    timed_by = "run_id"
    __table_args__ = (
        belongs_to("run_id", "collecting.id"),
        belongs_to("theme_id", "theme.id"),
        unique_in_tenant("receipt_hash"),
        Index("ix_view_theme_status", "tenant_id", "theme_id", "status", "id"),
        Index("ix_view_queue", "tenant_id", "run_id", "id", postgresql_where=text("awaits_check")),
        Index("ix_view_leaves_tonight", "tenant_id", "run_id", postgresql_where=text("leaves_tonight")),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    language: Mapped[str]
    text: Mapped[str | None]
    receipt_hash: Mapped[bytes] = mapped_column(LargeBinary(32), repr=False)
    status: Mapped[Status] = mapped_column(String, default=WAITING, active_history=True)
    awaits_check: Mapped[bool] = mapped_column(default=True)
    # While a moderator reads a new wording first, the old one stands
    revision: Mapped[str | None] = mapped_column(default=None)
    revision_language: Mapped[str | None] = mapped_column(default=None)
    # Why it was rejected, as its author is told
    ground: Mapped[str | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    # Taken back today, and told to others in the night
    leaves_tonight: Mapped[bool] = mapped_column(default=False)

    @property
    def latest_text(self) -> str | None:
        return self.revision or self.text

    @property
    def wording(self) -> str:
        """The fingerprint of the words that a moderator has to read."""
        return fingerprint_of(*self._latest_words)

    def must_be_read(self, read: str) -> None:
        must_be_read(read, *self._latest_words)

    @property
    def _latest_words(self) -> tuple[str | None, str]:
        return self.latest_text, self.revision_language or self.language

    def share(self) -> None:
        self.status = SHARED
        self.tell(
            ViewShared(run_id=self.run_id, theme_id=self.theme_id, view_id=self.id, language=self.language)
        )

    def revise(self, text: str, language: str, moderated_first: bool) -> None:
        """Its author puts it in other words."""
        if self.status == WITHDRAWN:
            raise AlreadyWithdrawn
        self.awaits_check, self.ground, self.reason = True, None, None
        if self.status == SHARED and moderated_first:
            self.revision, self.revision_language = text, language
        elif self.status == SHARED:
            self._reword(text, language)
        else:
            self.text, self.language, self.status = text, language, WAITING
            if not moderated_first:
                self.share()

    def _reword(self, text: str, language: str) -> None:
        self.text, self.language, self.revision, self.revision_language = text, language, None, None
        self.tell(ViewRevised(run_id=self.run_id, theme_id=self.theme_id, view_id=self.id, language=language))

    def withdraw(self) -> None:
        """Its author takes it back: nobody sees it any more, and its words are not kept. Where others have heard of it, they are told at
        night, of all views of the day together."""
        self.leaves_tonight = self.leaves_tonight or self.status == SHARED
        self.status, self.awaits_check, self.text = WITHDRAWN, False, None
        self.revision = self.revision_language = self.ground = self.reason = None
        if self.leaves_tonight:
            self.schedule(WITHDRAWALS_ARE_TOLD, next_night())

    def tell_withdrawal(self) -> None:
        self.leaves_tonight = False
        self.tell(ViewWithdrawn(run_id=self.run_id, theme_id=self.theme_id, view_id=self.id))

    def accept(self) -> None:
        """A moderator lets it stand before colleagues."""
        was_waiting = self.status != SHARED
        self.awaits_check, self.ground, self.reason = False, None, None
        self._tell_decision("accepted")
        if self.revision is not None:
            self._reword(self.revision, self.revision_language or self.language)
        if was_waiting:
            self.share()

    def reject(self, ground: str, reason: str | None) -> None:
        """A moderator does not let these words stand. Of a revised view only the new wording goes."""
        self.awaits_check, self.ground, self.reason = False, ground, reason
        if self.revision is not None:
            self.revision = self.revision_language = None
        else:
            self.status = REJECTED
            self._tell_decision("rejected")

    def settle(self, decision: str, ground: str | None, reason: str | None, read: str) -> None:
        """A moderator decides on the words as they were read. Raises WordingChanged or ReasonMissing."""
        self.must_be_read(read)
        if decision == "accept":
            self.accept()
        elif ground:
            self.reject(ground, reason)
        else:
            raise ReasonMissing

    def reconsider(self) -> None:
        """A moderator puts a rejected view back into the queue."""
        if self.status == REJECTED:
            self.status, self.awaits_check = WAITING, True

    def _tell_decision(self, decision: str) -> None:
        self.tell(
            ViewModerated(run_id=self.run_id, theme_id=self.theme_id, view_id=self.id, decision=decision)
        )
