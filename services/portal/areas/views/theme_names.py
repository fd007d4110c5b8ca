"""The survey's themes in the language that is spoken here."""

from uuid import UUID

from flask import g

from services.portal.clients.survey import moderation
from shared.contracts.api.survey_moderation import ThemeToEdit, WordsOfTheme


def theme_names(run_id: UUID) -> dict[UUID, str]:
    """Theme id -> its name, in their order."""
    return names_of(moderation.themes(run_id).themes)


def names_of(themes: list[ThemeToEdit]) -> dict[UUID, str]:
    return {theme.id: words_here(theme).name for theme in themes}


def words_here(theme: ThemeToEdit) -> WordsOfTheme:
    """In the first language that there is where it was not written in this one."""
    return theme.words.get(g.here.language) or next(iter(theme.words.values()))
