"""The launch of an edition: the minute at which it opens to all staff, and how it is taken back."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.publishing.content import IdeaCard, Principle
from services.publishing.models.base import Base
from services.publishing.models.edition import Edition
from shared.contracts.api.publishing import NOBODY, NOT_TOLD_YET
from shared.contracts.publishing import PrincipleRevised, WorkbookLaunched, WorkbookWithdrawn
from shared.database import belongs_to, moment, new_id, unique_in_tenant
from shared.messaging.outbox import TellsOthers
from shared.messaging.scheduling import SetsTimers
from shared.problems import NotFound, RuleBroken
from shared.tenancy.sessions import TenantOwned


class NotLaunchedYet(NotFound):
    """The workbook has not been launched yet. It opens here at the launch."""


class LaunchIsPlanned(RuleBroken):
    """A launch is planned already. Move it or call it off first."""


class MomentHasPassed(RuleBroken):
    """This moment has passed already. Choose a later one, or open the workbook now."""

    status = 422
    field = "at"


class LaunchIsOver(RuleBroken):
    """This launch has been taken back already."""


class LaunchHasHappened(RuleBroken):
    """The workbook is launched already. Take the launch back if it has to come later."""


def to_come(at: datetime) -> datetime:
    if at <= datetime.now(UTC):
        raise MomentHasPassed
    return at


class Launch(TenantOwned, TellsOthers, SetsTimers, Base):
    """The minute at which an edition opens to all staff: one change of state, and one that can be taken back."""

    __tablename__ = "launch"
    __table_args__ = (
        belongs_to("workbook_id", "workbook.id"),
        belongs_to("edition_id", "edition.id"),
        Index(None, "tenant_id", "run_id"),
    )

    id: Mapped[UUID] = new_id()
    run_id: Mapped[UUID]
    workbook_id: Mapped[UUID]
    edition_id: Mapped[UUID]
    at: Mapped[datetime]
    set_by: Mapped[UUID]
    writes_to: Mapped[str] = mapped_column(default=NOT_TOLD_YET)
    launched_at: Mapped[datetime | None] = mapped_column(default=None)
    edition: Mapped[Edition] = relationship(
        primaryjoin="foreign(Launch.edition_id) == Edition.id", init=False, viewonly=True
    )
    withdrawal: Mapped["Withdrawal | None"] = relationship(
        primaryjoin="foreign(Withdrawal.launch_id) == Launch.id", uselist=False, init=False, default=None
    )

    @property
    def number(self) -> int:
        """The edition's."""
        return self.edition.number

    @property
    def state(self) -> str:
        """planned, called_off, launched or withdrawn."""
        if self.withdrawal:
            return "withdrawn" if self.launched_at else "called_off"
        return "launched" if self.launched_at else "planned"

    @classmethod
    def plan(
        cls,
        edition: Edition,
        at: datetime | None,
        by: UUID,
        writes_to: str = NOT_TOLD_YET,
        known: Iterable["Launch"] = (),
    ) -> "Launch":
        """Set the minute, or none for now; the worker opens the workbook then, also when it was down at that minute."""
        at = to_come(at) if at else datetime.now(UTC)
        if any(launch.state == "planned" for launch in known):
            raise LaunchIsPlanned
        launch = cls(
            run_id=edition.run_id,
            workbook_id=edition.workbook_id,
            edition_id=edition.id,
            at=at,
            set_by=by,
            writes_to=writes_to,
        )
        launch.schedule("launch_workbook", at)
        return launch

    def move(self, at: datetime) -> None:
        if self.state != "planned":
            raise LaunchHasHappened if self.launched_at else LaunchIsOver
        self.at = to_come(at)
        self.schedule("launch_workbook", at)

    def open(self, before: "Launch | None") -> None:
        """It is time: the edition stands before all staff, and teams hear which principles read differently."""
        if self.state != "planned":
            return
        self.launched_at = datetime.now(UTC)
        self._tell_that_it_is_open(self.writes_to, self.set_by)
        if before:
            self._tell_what_principles_changed(before.edition)

    def _tell_that_it_is_open(self, writes_to: str, by: UUID) -> None:
        edition = self.edition
        launched = WorkbookLaunched(
            run_id=self.run_id,
            edition_id=edition.id,
            number=edition.number,
            launched_at=self.launched_at or datetime.now(UTC),
            principles=[piece.id for piece in edition.pieces(Principle)],
            idea_cards=[piece.id for piece in edition.pieces(IdeaCard)],
            writes_to=writes_to,
            by_id=by,
        )
        self.tell(launched)

    def _tell_what_principles_changed(self, before: Edition) -> None:
        was = {piece.id: piece.block for piece in before.pieces(Principle)}
        for piece in self.edition.pieces(Principle):
            if piece.id in was and was[piece.id] != piece.block:
                self.tell(
                    PrincipleRevised(run_id=self.run_id, passage_id=piece.id, edition_id=self.edition_id)
                )

    def withdraw(self, by: UUID, reason: str, before: "Launch | None") -> None:
        """Take the launch back, or call it off before its time. Readers see the edition before it again, if there is one."""
        if self.withdrawal:
            raise LaunchIsOver
        self.cancel("launch_workbook")
        self.withdrawal = Withdrawal(launch_id=self.id, by=by, reason=reason)
        if self.launched_at:
            number = self.edition.number
            self.tell(
                WorkbookWithdrawn(run_id=self.run_id, edition_id=self.edition_id, number=number, by_id=by)
            )
            if before:
                before._tell_that_it_is_open(NOBODY, by)


class Withdrawal(TenantOwned, Base):
    """Somebody took a launch back, and why."""

    __tablename__ = "withdrawal"
    __table_args__ = (belongs_to("launch_id", "launch.id"), unique_in_tenant("launch_id"))

    id: Mapped[UUID] = new_id()
    launch_id: Mapped[UUID]
    by: Mapped[UUID]
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = moment()
