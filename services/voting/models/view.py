"""Colleagues' views as voting has heard of them: that they stand, and how they were answered. Never what they say."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Row, TextClause, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.base import Base
from services.voting.ranking import Tally as Counted
from services.voting.withholding import HowFar
from shared.contracts.voting import FloorReached, TallyRefreshed
from shared.messaging.outbox import TellsOthers
from shared.privacy.disclosure import FEWEST
from shared.tenancy.sessions import TenantOwned

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
        session.execute(HEARD_OF, {"id": view_id, "status": status, "language": language, **whose})

    @classmethod
    def stands_again(cls, view_id: UUID, session: Session) -> None:
        """A moderator has thought better of it."""
        session.execute(STANDS_AGAIN, {"id": view_id})

    @classmethod
    def is_worded_in(cls, language: str, view_id: UUID, session: Session) -> None:
        session.execute(WORDED_IN, {"id": view_id, "language": language})

    @staticmethod
    def how_many_stand(run_id: UUID, session: Session) -> int:
        return sum(views for _, _, views in Standing.of(run_id, session))

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


class Standing(TenantOwned, Base):
    """How many views of a theme stand in one language, "" for one that nobody has told. What changes a view keeps it, in the same
    statement: counting anew at each deck costs the more, the more views there are."""

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_run", "tenant_id", "run_id"),)
    theme_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    views: Mapped[int]

    @classmethod
    def of(cls, run_id: UUID, session: Session) -> list[Row[UUID, str, int]]:
        """Theme, language, how many."""
        rows = select(cls.theme_id, cls.language, cls.views).filter_by(run_id=run_id)
        return list(session.execute(rows.where(cls.views > 0)))


def kept(change: str) -> TextClause:
    """Returns a statement that changes the view :id and keeps how many stand. It sees what stood before it began, also where a part of it
    changes that (https://www.postgresql.org/docs/18/queries-with.html#QUERIES-WITH-MODIFYING); what happens to a view is heard one by
    one, since all of it has one topic and key."""
    return text(f"""
        WITH before AS (
            SELECT run_id, theme_id, coalesce(language, '') AS language FROM view WHERE id = :id AND status = '{STANDS}'
        ), now AS (
            {change} RETURNING run_id, theme_id, coalesce(view.language, '') AS language, status
        ), moved AS (
            SELECT *, -1 AS more FROM before UNION ALL SELECT run_id, theme_id, language, 1 FROM now WHERE status = '{STANDS}')
        INSERT INTO standing (run_id, theme_id, language, views)
        SELECT run_id, theme_id, language, sum(more) FROM moved GROUP BY 1, 2, 3 HAVING sum(more) <> 0
        ON CONFLICT (tenant_id, theme_id, language) DO UPDATE SET views = standing.views + excluded.views""")


HEARD_OF = kept(f"""
    INSERT INTO view (id, run_id, theme_id, language, status) VALUES (:id, :run_id, :theme_id, :language, :status)
    ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, language = coalesce(excluded.language, view.language)
    WHERE view.status <> '{WITHDRAWN}'""")
STANDS_AGAIN = kept(f"UPDATE view SET status = '{STANDS}' WHERE id = :id AND status = '{REJECTED}'")
WORDED_IN = kept("UPDATE view SET language = :language WHERE id = :id")
