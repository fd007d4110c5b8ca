"""Giving views: one theme a page, the thank-you with a colleague's view, my own views, everybody's views."""

import secrets
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, g, render_template, request, url_for
from msgspec.structs import asdict

from services.portal import key_days
from services.portal.answers import see_other
from services.portal.areas.views import receipts
from services.portal.areas.views.seeds import questions_left_open
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import survey
from services.portal.here import the_run
from services.portal.key_days import KeyDay
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
from shared.contracts.api.survey import (
    CollectingNow,
    Giving,
    ThemeToAnswer,
    Words,
    WordsKept,
)
from shared.languages import LANGUAGES, NAMES, _, gettext

pages = Blueprint("views", __name__)
pages.context_processor(the_run)
menu = [MenuItem(N_("Give views"), "employee.views.show", order=20)]
MINUTES_A_THEME = 2
# What people at work in Finland also write in; any other language is as welcome
OTHER_LANGUAGES = {
    "se": "Davvisámegiella",
    "et": "Eesti",
    "ru": "Русский",
    "uk": "Українська",
    "de": "Deutsch",
    "mul": N_("Another language"),
}


def key_day(run_id: UUID) -> KeyDay:
    """Until when it could be found out who wrote which view."""
    return key_days.of_run(run_id)["survey"]


def offers(here: Any, run: Run) -> list[Offer]:
    """Give views on the themes that I have not written on yet."""
    if "give_views" not in run.activities or here.reads_along(run.id):
        return []
    collecting = survey.collecting(run.id, here.language)
    themes = collecting.themes
    left = [theme for theme in themes if not theme.mine]
    return [
        Offer(
            title=_("Give your views"),
            text=left[0].question if left else _("You have written on every theme. You can write more."),
            url=url_for("employee.views.show", run_id=run.id),
            action=_("Write") if left else _("Look at the themes"),
            minutes=MINUTES_A_THEME * len(left) or None,
            closes_at=collecting.closes_at,
            done=len(themes) - len(left),
            goal=len(themes),
            order=20,
        )
    ]


@pages.get("/runs/<uuid:run_id>/views")
def show(run_id: UUID) -> str:
    """The themes, and how far I am."""
    collecting = survey.collecting(run_id, g.here.language)
    return render_template("views/employee.html", collecting=collecting, next=first_without_mine(collecting))


def first_without_mine(collecting: CollectingNow) -> ThemeToAnswer | None:
    return next((theme for theme in collecting.themes if not theme.mine), None)


def theme_in(collecting: CollectingNow, theme_id: UUID) -> ThemeToAnswer:
    found = next((theme for theme in collecting.themes if theme.id == theme_id), None)
    return found or abort(404)


@pages.get("/runs/<uuid:run_id>/views/<uuid:theme_id>")
def write(run_id: UUID, theme_id: UUID) -> str | Response:
    if g.here.reads_along(run_id):
        return see_other(".everybodys", run_id=run_id, theme_id=theme_id)
    return writing_page(run_id, theme_id)


def writing_page(
    run_id: UUID,
    theme_id: UUID,
    refusal: str = "",
    typed: Words | WordsKept | None = None,
    taken_back: bool = False,
) -> str:
    """One theme, its question and one roomy box, with what was typed before."""
    collecting = survey.collecting(run_id, g.here.language)
    theme = theme_in(collecting, theme_id)
    return render_template(
        "views/write.html",
        collecting=collecting,
        theme=theme,
        words=typed or theme.draft or Words(text="", language=g.here.language),
        receipt=request.form.get("receipt") or secrets.token_urlsafe(24),
        languages=languages_of_texts(),
        open_questions=questions_left_open(collecting.seeds),
        refusal=refusal,
        taken_back=taken_back,
        key_day=key_day(run_id),
        days_of_backups=key_days.days_of_backups,
    )


def languages_of_texts() -> list[tuple[str, str]]:
    spoken = [code for code in g.here.tenant.languages if code in LANGUAGES]
    order = [g.here.language, *(code for code in (*spoken, *LANGUAGES) if code != g.here.language)]
    known = {code: NAMES[code] for code in order}
    return [*known.items(), *((code, gettext(name)) for code, name in OTHER_LANGUAGES.items())]


def typed() -> Words:
    form = request.form
    return Words(text=form.get("text", ""), language=form.get("language", g.here.language))


def sentence_where_i_am(problem: ApiProblem) -> str:
    """A refusal that belongs beside the box; anything else is no matter of what was typed."""
    return problem.refusal(409, 422, 429)


@pages.post("/runs/<uuid:run_id>/views/<uuid:theme_id>")
def send(run_id: UUID, theme_id: UUID) -> Response | tuple[str, int]:
    """Send the view, or keep it as a draft."""
    try:
        if request.form.get("act") == "draft":
            return keep_for_later(run_id, theme_id)
        receipt = request.form.get("receipt") or None
        given = survey.give(theme_id, Giving(**asdict(typed()), receipt=receipt))
    except ApiProblem as problem:
        refusal = sentence_where_i_am(problem)
        return writing_page(run_id, theme_id, refusal, typed()), problem.status
    answer = see_other(".thanks", run_id=run_id, theme_id=theme_id)
    receipts.keep(answer, run_id, given.receipt)
    return answer


def keep_for_later(run_id: UUID, theme_id: UUID) -> Response:
    survey.keep_draft(theme_id, typed())
    flash(_("Your draft is kept. You can continue on any device where you sign in."), "good")
    return see_other(".write", run_id=run_id, theme_id=theme_id)


@pages.post("/runs/<uuid:run_id>/views/<uuid:theme_id>/draft")
def keep_draft(run_id: UUID, theme_id: UUID) -> tuple[str, int]:
    """Keeps the draft that the page's script sends while one types."""
    try:
        survey.keep_draft(theme_id, typed())
    except ApiProblem as problem:
        return "", problem.status
    return "", 204


@pages.get("/runs/<uuid:run_id>/views/<uuid:theme_id>/thanks")
def thanks(run_id: UUID, theme_id: UUID) -> str:
    """The thank-you: a colleague's view on the same theme, and what is left."""
    collecting = survey.collecting(run_id, g.here.language)
    theme = theme_in(collecting, theme_id)
    another = survey.another_view(theme_id, g.here.language).view if theme.may_read else None
    return render_template(
        "views/thanks.html",
        collecting=collecting,
        theme=theme,
        another=another,
        next=first_without_mine(collecting),
    )
