"""Finds themes and views as voting has heard of them, takes note of what becomes of them, and changes their counters all at once."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, TextClause, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.voting.models.view import REJECTED, STANDS, WITHDRAWN, Standing, Theme, View
from services.voting.ranking import Tally as Counted
from shared.privacy.disclosure import FEWEST


def themes_of(session: Session, run_id: UUID) -> Sequence[Theme]:
    return session.scalars(select(Theme).filter_by(run_id=run_id).order_by(Theme.id)).all()


def note_theme(session: Session, theme_id: UUID, run_id: UUID) -> None:
    session.execute(insert(Theme).values(id=theme_id, run_id=run_id).on_conflict_do_nothing())


def note(session: Session, view_id: UUID, *, status: str, language: str | None = None, **whose: UUID) -> None:
    """Takes note of a view, or of what became of it. What its author took back stays taken back."""
    session.execute(NOTE, {"id": view_id, "status": status, "language": language, **whose})


def note_that_it_stands_again(session: Session, view_id: UUID) -> None:
    """A moderator has thought better of it."""
    session.execute(STANDS_AGAIN, {"id": view_id})


def note_language(session: Session, view_id: UUID, language: str) -> None:
    session.execute(WORDED_IN, {"id": view_id, "language": language})


def how_many_stand(session: Session, run_id: UUID) -> int:
    return sum(views for _, _, views in standing_views(session, run_id))


def standing_views(session: Session, run_id: UUID) -> Sequence[Row[UUID, str, int]]:
    """Returns theme, language, how many."""
    rows = select(Standing.theme_id, Standing.language, Standing.views).filter_by(run_id=run_id)
    return session.execute(rows.where(Standing.views > 0)).all()


def counted(session: Session, run_id: UUID) -> dict[UUID, list[Counted]]:
    """Theme -> the tallies of its standing views, by id."""
    columns = (View.theme_id, View.id, View.agrees, View.passes, View.disagrees, View.hearts)
    rows = select(*columns).filter_by(run_id=run_id, status=STANDS).order_by(View.id)
    by_theme: dict[UUID, list[Counted]] = defaultdict(list)
    for theme_id, *counts in session.execute(rows):
        by_theme[theme_id].append(Counted._make(counts))
    return by_theme


def shown_readings(session: Session, run_id: UUID) -> dict[UUID, list[int]]:
    """Theme -> how many have read each of its standing views, as last shown."""
    rows = select(View.theme_id, View.readings_shown).filter_by(run_id=run_id, status=STANDS)
    by_theme: dict[UUID, list[int]] = defaultdict(list)
    for theme_id, readings in session.execute(rows):
        by_theme[theme_id].append(readings)
    return by_theme


def answers_in_all(session: Session, run_id: UUID) -> int:
    answers = func.sum(View.agrees + View.passes + View.disagrees)
    return session.scalar(select(answers).filter_by(run_id=run_id)) or 0


def show_the_readings(session: Session, run_id: UUID) -> None:
    """Lets the readings counted so far be those that are shown."""
    answers = View.agrees + View.passes + View.disagrees
    session.execute(update(View).filter_by(run_id=run_id).values(readings_shown=answers))


def show_only_the_floor(session: Session, run_id: UUID, floor: int) -> None:
    """Lets what is kept of each view's readings be the promised floor where it is reached, and fives below."""
    fives = View.readings_shown - View.readings_shown % FEWEST
    shown = case((View.readings_shown >= floor, floor), else_=fives)
    session.execute(update(View).filter_by(run_id=run_id).values(readings_shown=shown))


def forget_the_counters(session: Session, run_id: UUID) -> None:
    nothing = dict.fromkeys(("agrees", "passes", "disagrees", "hearts"), 0)
    session.execute(update(View).filter_by(run_id=run_id).values(nothing))


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


NOTE = kept(f"""
    INSERT INTO view (id, run_id, theme_id, language, status) VALUES (:id, :run_id, :theme_id, :language, :status)
    ON CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, language = coalesce(excluded.language, view.language)
    WHERE view.status <> '{WITHDRAWN}'""")
STANDS_AGAIN = kept(f"UPDATE view SET status = '{STANDS}' WHERE id = :id AND status = '{REJECTED}'")
WORDED_IN = kept("UPDATE view SET language = :language WHERE id = :id")
