"""Reading colleagues' views and prioritising them: five a page, stop whenever, change until closing."""

from collections.abc import Iterable
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request, url_for
from msgspec.structs import asdict

from services.portal import key_days
from services.portal.answers import see_other, see_other_address
from services.portal.areas.views import receipts
from services.portal.clients.survey import own_views, survey, texts_of
from services.portal.clients.voting import progress_in, voting
from services.portal.here import the_run
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
from shared.contracts.api.survey import TextOfView, ThemeInWords
from shared.contracts.api.voting import Card, Deck, Progress, Wish
from shared.languages import NAMES, _, gettext, ngettext

pages = Blueprint("reading", __name__)
pages.context_processor(the_run)
menu = [MenuItem(N_("Read and prioritise"), "employee.reading.show", order=30)]
SECONDS_A_VIEW = 15
ANSWERS = (("agree", N_("Agree")), ("pass", N_("Pass")), ("disagree", N_("Disagree")))


def offers(here: Any, run: Run) -> list[Offer]:
    """Read until the goal; after it, as much as one likes."""
    if "prioritise" not in run.activities or here.reads_along(run.id):
        return []
    progress = progress_in(run.id)
    if progress is None or progress.state != "open":
        return []
    left = max(0, progress.goal - progress.answered)
    return [
        Offer(
            title=_("Read and prioritise"),
            text=_("Read colleagues' views five at a time, and say what you think and what matters."),
            url=url_for("employee.reading.show", run_id=run.id),
            action=_("Continue reading") if progress.answered else _("Start reading"),
            minutes=ceil(left * SECONDS_A_VIEW / 60) or None,
            closes_at=progress.closes_at,
            done=progress.answered,
            goal=progress.goal,
            order=10,
        )
    ]


@pages.get("/runs/<uuid:run_id>/reading")
def show(run_id: UUID) -> str | Response:
    """Shows what reading is about, how far I am, and where to go on; leads who only reads along to the views themselves."""
    if g.here.reads_along(run_id):
        return see_other("employee.views.show", run_id=run_id)
    progress = progress_in(run_id)
    if progress is None or progress.state != "open":
        return render_template("reading/closed.html", progress=progress or {"state": "coming"})
    deck = voting.deck(run_id)
    about = {"themes": themes_of(run_id, deck), "votes_key": key_days.while_open("voting")}
    return render_template("reading/employee.html", deck=deck, names=NAMES, **about)


class ThemeDealt(ThemeInWords, frozen=True, kw_only=True):
    """A theme in my language, with how many of its views I have been dealt."""

    views: int
    dealt: int


def themes_of(run_id: UUID, deck: Deck) -> list[ThemeDealt]:
    read = {one.theme_id: (one.views, one.dealt) for one in deck.themes}
    return [
        dealt_of(theme, *read.get(theme.id, (0, 0)))
        for theme in survey.themes_in_words(run_id, g.here.language)
    ]


def dealt_of(theme: ThemeInWords, views: int, dealt: int) -> ThemeDealt:
    return ThemeDealt(**asdict(theme), views=views, dealt=dealt)


@pages.post("/runs/<uuid:run_id>/reading")
def begin(run_id: UUID) -> Response:
    """Go on where I stopped; or choose a theme, or languages, and get five new ones."""
    deck = voting.deck(run_id)
    chosen = request.form.get("theme")
    languages = request.form.getlist("language") if "languages" in request.form else None
    unanswered = any(card.answer is None for card in deck.cards)
    if unanswered and not chosen and languages in (None, deck.reads):
        return to_batch(run_id, deck.batch)
    return deal_after(run_id, deck.batches, [chosen] if chosen else [], languages)


def deal_after(run_id: UUID, batch: int, themes: list[str], languages: list[str] | None = None) -> Response:
    """The next five, of the themes that I may read; my own views are not among them."""
    may_read = sorted(theme.id for theme in survey.themes_in_words(run_id) if theme.may_read)
    wanted = [theme for theme in may_read if str(theme) in themes] or may_read
    if not wanted:
        return to_batch(run_id, 0)
    mine = [view.id for view in own_views(run_id, receipts.held(run_id))]
    wish = Wish(after=batch, own_views=mine, themes=wanted, languages=languages)
    return to_batch(run_id, voting.deal(run_id, wish).batch)


def to_batch(run_id: UUID, batch: int) -> Response:
    """To the five; to the end of reading when there are none left."""
    there = (
        url_for(".cards", run_id=run_id, batch=batch) if batch else url_for(".done", run_id=run_id, all="yes")
    )
    return see_other_address(there)


@pages.get("/runs/<uuid:run_id>/reading/<int(min=1):batch>")
def cards(run_id: UUID, batch: int) -> str | Response:
    deck = voting.deck(run_id, batch)
    if deck.state != "open" or not deck.cards:
        return see_other(".show", run_id=run_id)
    return reading_page(run_id, deck)


class Shown(NamedTuple):
    """A card on a page, with the view's words; on a refusal with what was chosen."""

    view_id: UUID
    batch: int
    answer: str | None
    heart: bool
    words: TextOfView


def shown(cards: Iterable[Card], run_id: UUID, as_chosen: bool = False) -> list[Shown]:
    """The cards whose words are there."""
    texts = texts_of(run_id, [card.view_id for card in cards])
    return [
        Shown(
            card.view_id,
            card.batch,
            *(chosen_for(str(card.view_id)) if as_chosen else (card.answer, card.heart)),
            words=texts[card.view_id],
        )
        for card in cards
        if card.view_id in texts
    ]


def reading_page(run_id: UUID, deck: Deck, refusal: str = "") -> str:
    """Five views with their words; on a refusal with what was chosen."""
    cards, themes = shown(deck.cards, run_id, bool(refusal)), themes_of(run_id, deck)
    here = next((n for n, theme in enumerate(themes) if theme.id == deck.cards[0].theme_id), 0)
    return render_template(
        "reading/cards.html",
        deck=deck,
        cards=cards,
        theme=themes[here],
        nr=here + 1,
        themes=themes,
        answers=[(value, gettext(label)) for value, label in ANSWERS],
        refusal=refusal,
        hearts=hearts_in_words,
    )


def chosen_for(view: str) -> tuple[str | None, bool]:
    """The answer that was chosen for a view on the page, and whether it has a heart there."""
    return request.form.get(f"answer-{view}"), f"heart-{view}" in request.form


def hearts_in_words(progress: Progress) -> str:
    if not progress.with_hearts:
        return ""
    left = progress.hearts_left
    return ngettext("%(num)d heart to give", "%(num)d hearts to give", left) % {"num": left}


@pages.get("/runs/<uuid:run_id>/reading/done")
def done(run_id: UUID) -> str:
    """The end of a sitting: thanks, what I gave my hearts to, and what comes of it."""
    deck, hearted = voting.deck(run_id), voting.hearted(run_id).cards
    return render_template(
        "reading/done.html",
        deck=deck,
        hearted=shown(hearted, run_id) if hearted else [],
        nothing_left="all" in request.args,
        hearts=hearts_in_words,
    )
