"""Makes the structs that show a run's views and themes: to those who write and read, and to staff."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.survey import authors, moderation_queue, others_views
from services.survey.authorship import given_in
from services.survey.models import Collecting, Theme, View
from services.survey.models.theme import Words as WordsOfTheme
from services.survey.writings import Words
from shared.contracts.api import survey as shapes
from shared.contracts.api import survey_moderation as desk_shapes
from shared.contracts.api.survey import LONGEST_VIEW
from shared.web.roles import READER
from shared.web.tokens import Caller


def collecting_now(
    run_id: UUID, author: UUID, language: str, caller: Caller, session: Session
) -> shapes.CollectingNow:
    collecting, seeds = others_views.collecting_with_seeds(session, run_id)
    return shapes.CollectingNow(
        state=collecting.state,
        closes_at=collecting.closes_at,
        moderated_first=collecting.moderated_first,
        read_first=collecting.read_first,
        languages=collecting.languages,
        handful=collecting.handful,
        longest=LONGEST_VIEW,
        seeds=seeds,
        themes=_themes_to_answer(collecting, author, language, caller, session),
    )


def _themes_to_answer(
    collecting: Collecting, author: UUID, language: str, caller: Caller, session: Session
) -> list[shapes.ThemeToAnswer]:
    written = authors.read(session, collecting.id, author)
    mine, free = given_in(session, written), _all_may_be_read(collecting, caller)
    return [
        shapes.ThemeToAnswer(
            id=theme.id,
            position=theme.position,
            key=theme.key,
            name=theme.in_language(language)["name"],
            question=theme.in_language(language)["question"],
            hint=theme.in_language(language)["hint"],
            views=theme.shared,
            mine=mine.get(theme.id, 0),
            may_read=free or theme.id in mine,
            draft=_kept(written.drafts.get(theme.id)),
        )
        for theme in others_views.themes_of(session, collecting.id)
    ]


def _all_may_be_read(collecting: Collecting, caller: Caller) -> bool:
    return collecting.may_be_read_by_everybody or caller.is_any(READER)


def _kept(words: Words | None) -> shapes.WordsKept | None:
    return shapes.WordsKept(text=words.text, language=words.language) if words else None


def themes_in_words(
    run_id: UUID, author: UUID, language: str, caller: Caller, session: Session
) -> list[shapes.ThemeInWords]:
    """One's own views are looked for only where it depends on them what may be read."""
    collecting, themes = others_views.collecting_with_themes(session, run_id)
    free = _all_may_be_read(collecting, caller)
    mine = {} if free else given_in(session, authors.read(session, run_id, author))
    return [
        shapes.ThemeInWords(
            id=theme.id,
            position=theme.position,
            name=theme.in_language(language)["name"],
            question=theme.in_language(language)["question"],
            may_read=free or theme.id in mine,
        )
        for theme in themes
    ]


def shared_view(view: View) -> shapes.SharedView:
    return shapes.SharedView(id=view.id, theme_id=view.theme_id, text=view.text or "", language=view.language)


def text_of(view: View) -> shapes.TextOfView:
    return shapes.TextOfView(
        text=view.text or "", language=view.language, theme_id=view.theme_id, status=view.status
    )


def queue_of(run_id: UUID, moderator: UUID, session: Session) -> desk_shapes.Queue:
    left = moderation_queue.left(session, run_id)
    mine = [_held_view(view) for view in moderation_queue.held_by(session, run_id, moderator)]
    return desk_shapes.Queue(waiting=left["waiting"], held=left["held"], mine=mine)


def _held_view(view: View) -> desk_shapes.HeldView:
    return desk_shapes.HeldView(
        id=view.id,
        theme_id=view.theme_id,
        text=view.latest_text or "",
        earlier_text=view.text if view.revision is not None else None,
        language=view.revision_language or view.language,
        status=view.status,
        wording=view.wording,
    )


def rejected_view(view: View) -> desk_shapes.RejectedView:
    return desk_shapes.RejectedView(
        id=view.id,
        theme_id=view.theme_id,
        text=view.text or "",
        language=view.language,
        ground=view.ground,
        reason=view.reason,
    )


def themes_of(collecting: Collecting, session: Session) -> desk_shapes.Themes:
    return desk_shapes.Themes(
        state=collecting.state,
        languages=collecting.languages,
        statuses=others_views.counts_by_status(session, collecting.id),
        themes=[
            desk_shapes.ThemeToEdit(
                id=theme.id,
                position=theme.position,
                key=theme.key,
                words=_in_all_languages(theme.words),
                views=theme.shared,
            )
            for theme in others_views.themes_of(session, collecting.id)
        ],
    )


def theme_worded(theme: Theme) -> desk_shapes.ThemeWorded:
    words = _in_all_languages(theme.words)
    return desk_shapes.ThemeWorded(id=theme.id, position=theme.position, key=theme.key, words=words)


def _in_all_languages(words: dict[str, WordsOfTheme]) -> dict[str, desk_shapes.WordsOfTheme]:
    return {
        code: desk_shapes.WordsOfTheme(name=said["name"], question=said["question"], hint=said["hint"])
        for code, said in words.items()
    }
