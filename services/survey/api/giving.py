"""Giving views: the themes with one's own progress, a view and its receipt, a draft."""

from uuid import UUID

from services.survey.authorship import author_in
from services.survey.giving import give as give_view
from services.survey.giving import keep_draft as keep_as_draft
from services.survey.models import Theme
from services.survey.overview import collecting_now
from shared.contracts.api import survey as shapes
from shared.contracts.api.survey import LONGEST_VIEW, Survey
from shared.database import find
from shared.web.acts import caller, session
from shared.web.arguments import Blueprint
from shared.web.limits import paced
from shared.web.serving import serves

giving = Blueprint("giving", __name__, description="Giving views on the themes")


@serves(giving, Survey.collecting)
def collecting(run_id: UUID, language: str | None = None) -> shapes.CollectingNow:
    author = author_in(run_id, caller())
    return collecting_now(run_id, author, language or caller().language, caller(), session())


@serves(giving, Survey.give)
@paced(burst=60, seconds=5)
def give(theme_id: UUID, giving: shapes.Giving) -> shapes.Given:
    theme = find(session(), Theme, theme_id)
    author = author_in(theme.run_id, caller())
    view, receipt = give_view(session(), theme, author, giving.text, giving.language, giving.receipt)
    return shapes.Given(view=view, receipt=receipt)


@serves(giving, Survey.keep_draft)
def keep_draft(theme_id: UUID, words: shapes.Words) -> None:
    theme = find(session(), Theme, theme_id)
    author = author_in(theme.run_id, caller())
    keep_as_draft(session(), theme, author, words.text.strip()[: 2 * LONGEST_VIEW], words.language)
