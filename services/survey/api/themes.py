"""The themes in all languages, and their wording before people answer."""

from uuid import UUID

from msgspec import to_builtins

from services.survey import overview
from services.survey.models import Collecting, Theme
from shared.contracts.api import survey_moderation as desk_shapes
from shared.contracts.api.survey_moderation import Moderation
from shared.database import find
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import merged_struct
from shared.web.serving import serves

themes = Blueprint("themes", __name__, description="The themes and their wording")


@serves(themes, Moderation.themes)
def in_all_languages(run_id: UUID) -> desk_shapes.Themes:
    return overview.themes_of(find(session(), Collecting, run_id), session())


@serves(themes, Moderation.word_theme)
def word_theme(theme_id: UUID, wording: desk_shapes.ThemeRewording) -> desk_shapes.ThemeWorded:
    theme = find(session(), Theme, theme_id)
    session().refresh(theme, with_for_update=True)
    worded = to_builtins(merged_struct(wording, theme))
    find(session(), Collecting, theme.run_id).reword(theme, worded["words"])
    return overview.theme_worded(theme)
