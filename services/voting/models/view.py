"""Colleagues' views as voting has heard of them: that they stand, and how they were answered. Never what they say."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.voting.models.base import Base
from services.voting.ranking import Tally as Counted
from services.voting.withholding import HowFar
from shared.contracts.voting import FloorReached, TallyRefreshed
from shared.database import TellsOthers, belongs_to, lock_of
from shared.tenancy import TenantOwned

STANDS, REJECTED, WITHDRAWN = "stands", "rejected", "withdrawn"
DIMENSIONS = ("unit", "site")
NOT_SAID = ""
"""The stratum of people whose organisation has not said where they belong."""


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
    def shown_readings(cls, run_id: UUID, session: Session) -> dict[UUID, list[int]]:
        """Theme -> how many have read each of its standing views, as last shown."""
        standing = select(cls.theme_id, cls.readings_shown).filter_by(run_id=run_id, status=STANDS)
        by_theme: dict[UUID, list[int]] = defaultdict(list)
        for theme_id, readings in session.execute(standing):
            by_theme[theme_id].append(readings)
        return by_theme


class Tally(TenantOwned, Base):
    """The same counters for the people of one unit or one site."""

    __tablename__ = "tally"
    __table_args__ = (
        belongs_to("view_id", "view.id"),
        Index("ix_tally_run", "tenant_id", "run_id", "dimension"),
    )
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    agrees: Mapped[int] = mapped_column(default=0)
    passes: Mapped[int] = mapped_column(default=0)
    disagrees: Mapped[int] = mapped_column(default=0)
    hearts: Mapped[int] = mapped_column(default=0)

    @property
    def answers(self) -> int:
        return self.agrees + self.passes + self.disagrees

    @classmethod
    def by_stratum(cls, run_id: UUID, dimension: str, session: Session) -> dict[str, dict[UUID, "Tally"]]:
        """Stratum -> view -> tally."""
        found: dict[str, dict[UUID, Tally]] = defaultdict(dict)
        for tally in session.scalars(select(cls).filter_by(run_id=run_id, dimension=dimension)):
            found[tally.stratum][tally.view_id] = tally
        return found


def count_votes(run_id: UUID, session: Session) -> int:
    """Bring the counters up to date with the cards: every change of an answer is counted once, in one statement.

    A card remembers what of it has been counted, so that counting late, twice or after a crash comes to the same. One
    counter a run at a time: whoever comes while somebody counts goes on with counters that are a moment old.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(lock_of(session, f"count:{run_id}")))):
        return 0
    return session.execute(text(COUNT), {"run": run_id, "nowhere": NOT_SAID}).scalar_one()


def wait_for_the_count(run_id: UUID, session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(lock_of(session, f"count:{run_id}"))))


COUNT = """
WITH fresh AS (
    SELECT hand_id, view_id, answer, heart, counted, counted_heart
    FROM card
    WHERE run_id = :run AND (answer IS DISTINCT FROM counted OR heart <> counted_heart)
    FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE card SET counted = fresh.answer, counted_heart = fresh.heart
    FROM fresh WHERE card.hand_id = fresh.hand_id AND card.view_id = fresh.view_id
), change AS (
    SELECT view_id, unit, site,
        count(*) FILTER (WHERE answer = 1) - count(*) FILTER (WHERE counted = 1) AS agrees,
        count(*) FILTER (WHERE answer = 0) - count(*) FILTER (WHERE counted = 0) AS passes,
        count(*) FILTER (WHERE answer = -1) - count(*) FILTER (WHERE counted = -1) AS disagrees,
        count(*) FILTER (WHERE heart) - count(*) FILTER (WHERE counted_heart) AS hearts
    FROM fresh JOIN hand ON hand.id = fresh.hand_id
    GROUP BY view_id, unit, site
), whole AS (
    UPDATE view SET agrees = view.agrees + sums.agrees, passes = view.passes + sums.passes,
        disagrees = view.disagrees + sums.disagrees, hearts = view.hearts + sums.hearts
    FROM (SELECT view_id, sum(agrees) AS agrees, sum(passes) AS passes, sum(disagrees) AS disagrees,
        sum(hearts) AS hearts FROM change GROUP BY view_id) AS sums
    WHERE view.id = sums.view_id
), parts AS (
    INSERT INTO tally AS t (view_id, run_id, dimension, stratum, agrees, passes, disagrees, hearts)
    SELECT view_id, :run, dimension, coalesce(stratum, :nowhere),
        sum(agrees), sum(passes), sum(disagrees), sum(hearts)
    FROM change CROSS JOIN LATERAL (VALUES ('unit', unit), ('site', site)) AS belonging (dimension, stratum)
    GROUP BY view_id, dimension, coalesce(stratum, :nowhere)
    ON CONFLICT (tenant_id, view_id, dimension, stratum) DO UPDATE SET agrees = t.agrees + excluded.agrees,
        passes = t.passes + excluded.passes, disagrees = t.disagrees + excluded.disagrees,
        hearts = t.hearts + excluded.hearts
)
SELECT count(*) FROM fresh
"""
