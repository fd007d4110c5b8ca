"""Colleagues' views as voting has heard of them: that they stand, and how they were answered. Never what they say."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.base import Base
from services.voting.ranking import Tally as Counted
from services.voting.withholding import HowFar
from shared.contracts.voting import FloorReached, TallyRefreshed
from shared.database import TellsOthers
from shared.disclosure import FEWEST
from shared.tenancy import TenantOwned

STANDS, REJECTED, WITHDRAWN = "stands", "rejected", "withdrawn"


class Theme(TenantOwned, TellsOthers, Base):
    """A theme that has views to read."""

    __tablename__ = "theme"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    readings_told: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    floor_reached: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    @classmethod
    def of(cls, run_id: UUID, session: Session) -> list["Theme"]:
        return list(session.scalars(select(cls).filter_by(run_id=run_id).order_by(cls.id)))

    @classmethod
    def heard_of(cls, theme_id: UUID, run_id: UUID, session: Session) -> None:
        session.execute(insert(cls).values(id=theme_id, run_id=run_id).on_conflict_do_nothing())

    def tell_the_readings(self, so_far: HowFar, floor: int) -> None:
        """Tell how far the theme has been read, if that has changed, and when the promised floor is reached."""
        if so_far.readings != self.readings_told:
            self.readings_told = so_far.readings
            told = {"views": so_far.views, "readings": so_far.readings, "fewest": so_far.fewest}
            self.tell(TallyRefreshed(run_id=self.run_id, theme_id=self.id, floor=floor, **told))
        reached = bool(so_far.views) and so_far.fewest >= floor
        if reached and not self.floor_reached:
            self.tell(FloorReached(run_id=self.run_id, theme_id=self.id, floor=floor))
        self.floor_reached = reached


class View(TenantOwned, Base):
    """One colleague's view, and its counters. `stands`: colleagues may read it."""

    __tablename__ = "view"
    __table_args__ = (
        Index("ix_view_run", "tenant_id", "run_id", "theme_id"),
        Index("ix_view_gone", "tenant_id", "run_id", postgresql_where=text("status <> 'stands'")),
        CheckConstraint("status IN ('stands', 'rejected', 'withdrawn')", name="status"),
        CheckConstraint("least(agrees, passes, disagrees, hearts) >= 0", name="counters"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    theme_id: Mapped[UUID]
    language: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=STANDS)
    agrees: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    passes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    disagrees: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    hearts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    readings_shown: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many had read it when readings were last shown."""

    @classmethod
    def heard_of(
        cls, view_id: UUID, session: Session, *, status: str, language: str | None = None, **whose: UUID
    ) -> None:
        """Take note of a view, or of what became of it. What its author took back stays taken back."""
        note = insert(cls).values(id=view_id, status=status, language=language, **whose)
        news = {"status": status, "language": func.coalesce(note.excluded.language, cls.language)}
        keys = ["tenant_id", "id"]
        session.execute(
            note.on_conflict_do_update(index_elements=keys, set_=news, where=cls.status != WITHDRAWN)
        )

    @classmethod
    def stands_again(cls, view_id: UUID, session: Session) -> None:
        """A moderator has thought better of it."""
        again = update(cls).filter_by(id=view_id, status=REJECTED).values(status=STANDS)
        session.execute(again)

    @classmethod
    def counted(cls, run_id: UUID, session: Session) -> dict[UUID, list[Counted]]:
        """Theme -> the tallies of its standing views, by id."""
        columns = (cls.theme_id, cls.id, cls.agrees, cls.passes, cls.disagrees, cls.hearts)
        standing = select(*columns).filter_by(run_id=run_id, status=STANDS).order_by(cls.id)
        by_theme: dict[UUID, list[Counted]] = defaultdict(list)
        for theme_id, *counts in session.execute(standing):
            by_theme[theme_id].append(Counted._make(counts))
        return by_theme

    @classmethod
    def show_the_readings(cls, run_id: UUID, session: Session) -> None:
        """Let the readings counted so far be those that are shown."""
        answers = cls.agrees + cls.passes + cls.disagrees
        session.execute(update(cls).filter_by(run_id=run_id).values(readings_shown=answers))

    @classmethod
    def show_only_the_floor(cls, run_id: UUID, floor: int, session: Session) -> None:
        """Let what is kept of each view's readings be the promised floor where it is reached, and fives below."""
        fives = cls.readings_shown - cls.readings_shown % FEWEST
        told = case((cls.readings_shown >= floor, floor), else_=fives)
        session.execute(update(cls).filter_by(run_id=run_id).values(readings_shown=told))

    @classmethod
    def answers_in_all(cls, run_id: UUID, session: Session) -> int:
        answers = func.sum(cls.agrees + cls.passes + cls.disagrees)
        return session.scalar(select(answers).filter_by(run_id=run_id)) or 0

    @classmethod
    def forget_the_counters(cls, run_id: UUID, session: Session) -> None:
        nothing = dict.fromkeys(("agrees", "passes", "disagrees", "hearts"), 0)
        session.execute(update(cls).filter_by(run_id=run_id).values(nothing))

    @classmethod
    def shown_readings(cls, run_id: UUID, session: Session) -> dict[UUID, list[int]]:
        """Theme -> how many have read each of its standing views, as last shown."""
        standing = select(cls.theme_id, cls.readings_shown).filter_by(run_id=run_id, status=STANDS)
        by_theme: dict[UUID, list[int]] = defaultdict(list)
        for theme_id, readings in session.execute(standing):
            by_theme[theme_id].append(readings)
        return by_theme
