"""Reading colleagues' views: write first, read then, unless the phase says otherwise; never in the order they came."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.survey import authors
from services.survey.authorship import has_given
from services.survey.models import Collecting, Seed, Theme, View
from services.survey.models.view import REJECTED, SHARED
from shared.database import find
from shared.problems import NotFound, RuleBroken


class WriteFirst(RuleBroken):
    """Give your own view first, then read the others': so everybody's own thoughts come to light."""

    status = 403


def themes_of(session: Session, run_id: UUID) -> list[Theme]:
    return list(session.scalars(select(Theme).filter_by(run_id=run_id).order_by(Theme.position)))


def shared_views(theme_id: UUID) -> Select:
    return select(View).where(View.theme_id == theme_id, View.status == SHARED)


def must_have_written(session: Session, theme: Theme, author: UUID | None) -> None:
    collecting = find(session, Collecting, theme.run_id)
    if collecting.may_be_read_by_everybody:
        return
    if author is None or not has_given(session, theme, author):
        raise WriteFirst


def somebody_elses_view(session: Session, theme: Theme, author: UUID, language: str) -> View | None:
    """One colleague's view on the theme, any one of them, rather in the reader's language."""
    own = authors.read(session, theme.run_id, author).given
    others = shared_views(theme.id).where(View.id.not_in(list(own)))
    start = uuid4()
    in_language = others.where(View.language == language)
    tries = (in_language.where(View.id > start), in_language, others.where(View.id > start), others)
    found = (session.scalar(query.order_by(View.id).limit(1)) for query in tries)
    return next((view for view in found if view), None)


def counts_by_status(session: Session, run_id: UUID) -> dict[str, int]:
    query = select(View.status, func.count()).where(View.run_id == run_id).group_by(View.status)
    return dict(session.execute(query).all())


def collecting_with_seeds(session: Session, run_id: UUID) -> tuple[Collecting, list[UUID]]:
    """Also the questions that the kickoff left open, those that most people shared first; raises NotFound."""
    seeds = select(Seed.question_id).filter_by(run_id=run_id)
    seeds = seeds.order_by(Seed.upvotes.desc(), Seed.question_id)
    query = select(Collecting, func.array(seeds.scalar_subquery())).filter_by(id=run_id)
    if (found := session.execute(query).one_or_none()) is None:
        raise NotFound
    return found[0], found[1]


def collecting_with_themes(session: Session, run_id: UUID) -> tuple[Collecting, list[Theme]]:
    """The themes in their order; raises NotFound."""
    query = select(Collecting, Theme).join(Theme, Theme.run_id == Collecting.id)
    rows = session.execute(query.where(Collecting.id == run_id).order_by(Theme.position)).all()
    if not rows:
        raise NotFound
    return rows[0][0], [theme for _, theme in rows]


def views_that_may_be_seen(
    session: Session, run_id: UUID, ids: Iterable[UUID], also_rejected: bool
) -> list[View]:
    """Withdrawn ones have no words any more."""
    statuses = (SHARED, REJECTED) if also_rejected else (SHARED,)
    query = select(View).where(View.id.in_(list(ids)), View.run_id == run_id, View.status.in_(statuses))
    return list(session.scalars(query))


def views_of(run_id: UUID) -> Select:
    return select(View).where(View.run_id == run_id)
