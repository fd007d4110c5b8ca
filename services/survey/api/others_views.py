"""Reading others' views: theme by theme, one after giving one's own, words by id."""

from uuid import UUID

from services.survey import overview
from services.survey.authorship import author_in
from services.survey.models import Theme, View
from services.survey.others_views import (
    must_have_written,
    shared_views,
    somebody_elses_view,
    views_that_may_be_seen,
)
from shared.contracts.api import survey as shapes
from shared.contracts.api.survey import Survey
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.operations import USUAL_PAGE
from shared.web.paging import page
from shared.web.roles import READER, STAFF
from shared.web.serving import serves

reading = Blueprint("reading", __name__, description="Others' views")


@serves(reading, Survey.themes_in_words)
def themes_in_words(run_id: UUID, language: str | None = None) -> list[shapes.ThemeInWords]:
    author = author_in(run_id, caller())
    return overview.themes_in_words(run_id, author, language or caller().language, caller(), session())


@serves(reading, Survey.views)
def views(theme_id: UUID, after: str | None = None, limit: int = USUAL_PAGE) -> shapes.SharedViews:
    theme = find(session(), Theme, theme_id)
    if not caller().is_any(*STAFF, READER):
        must_have_written(session(), theme, author_in(theme.run_id, caller()))
    found = page(session(), shared_views(theme_id), [View.id], after, limit)
    return shapes.SharedViews(items=[overview.shared_view(view) for view in found.items], next=found.next)


@serves(reading, Survey.another_view)
def another_view(theme_id: UUID, language: str | None = None) -> shapes.Another:
    theme = find(session(), Theme, theme_id)
    author = author_in(theme.run_id, caller())
    must_have_written(session(), theme, author)
    found = somebody_elses_view(session(), theme, author, language or caller().language)
    return shapes.Another(view=overview.shared_view(found) if found else None)


@serves(reading, Survey.texts)
def texts(run_id: UUID, wanted: shapes.Ids) -> shapes.Texts:
    found = views_that_may_be_seen(session(), run_id, wanted.ids, caller().is_any(*STAFF))
    return shapes.Texts(texts={view.id: overview.text_of(view) for view in found})
