"""The moderators' queue, the views that are not shown, and the wording of the themes."""

from uuid import UUID

from flask import Blueprint, Response, flash, render_template, request

from services.portal.answers import see_other
from services.portal.areas.views.grounds import grounds, sentence_of
from services.portal.areas.views.theme_names import names_of, theme_names
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import A_PAGE, moderation
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent
from services.portal.here import open_to, the_run
from services.portal.menu import N_, MenuItem
from shared.contracts.api.survey_moderation import (
    Decided,
    Decisions,
    HowMany,
    OneDecision,
    Queue,
    ThemeRewording,
)
from shared.languages import NAMES, _, gettext, ngettext

MODERATORS = ("lead", "facilitator", "editor")
HANDFUL = 10
ACCEPT, REJECT = "accept", "reject"
pages = Blueprint("moderation", __name__)
pages.context_processor(the_run)
menu = [
    MenuItem(N_("Moderation"), "console.moderation.show", frozenset(MODERATORS), face="console", order=30),
]


@pages.get("/clients/<slug>/runs/<uuid:run_id>/moderation")
@open_to(*MODERATORS)
def show(run_id: UUID) -> str:
    return queue_page(run_id, moderation.queue(run_id))


def queue_page(run_id: UUID, queue: Queue, refusal: str = "") -> str:
    """The views that I hold, or the offer to take some."""
    told = moderation.themes(run_id)
    return render_template(
        "views/moderation.html",
        queue=queue,
        told=told,
        names=names_of(told.themes),
        grounds=grounds(),
        typed=Fields(request.form),
        refusal=refusal,
        handful=HANDFUL,
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation/claims")
@open_to(*MODERATORS)
def take(run_id: UUID) -> Response:
    """Take the next handful, or put back what I hold."""
    if request.form.get("act") == "put-back":
        moderation.put_back(run_id)
        flash(_("What you held is back in the queue."))
    elif not take_a_handful(run_id).mine:
        flash(_("There is nothing to take just now: colleagues hold what waits."))
    return see_other(".show", run_id=run_id)


def take_a_handful(run_id: UUID) -> Queue:
    return moderation.take_some(run_id, HowMany(how_many=HANDFUL))


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation")
@open_to(*MODERATORS)
def decide(run_id: UUID) -> Response | tuple[str, int]:
    """Decide on those of my handful that I have made up my mind about, and take the next."""
    decisions = [decision for id in request.form.getlist("view") if (decision := decision_on(id))]
    if decisions:
        try:
            settled = moderation.decide(run_id, Decisions(decisions=decisions))
        except ApiProblem as problem:
            refusal = problem.refusal(409, 422)
            return queue_page(run_id, moderation.queue(run_id), refusal), problem.status
        say_what_was_settled(settled)
    if request.form.get("act") == "settle-and-take":
        take_a_handful(run_id)
    return see_other(".show", run_id=run_id)


def decision_on(view_id: str) -> OneDecision | None:
    """None for a view that is left for later."""
    chosen = request.form.get(f"decision-{view_id}")
    about: dict[str, str | None] = {"view_id": view_id, "wording": request.form.get(f"wording-{view_id}", "")}
    if chosen == ACCEPT:
        return as_sent(OneDecision, about | {"decision": ACCEPT})
    if chosen == REJECT:
        ground = request.form.get(f"ground-{view_id}") or None
        reason = request.form.get(f"reason-{view_id}", "").strip() or None
        rejected = about | {"decision": REJECT, "ground": ground, "reason": reason}
        return as_sent(OneDecision, rejected)
    return None


def say_what_was_settled(settled: Decided) -> None:
    number = settled.decided
    if number:
        flash(
            ngettext("%(num)d view is settled.", "%(num)d views are settled.", number) % {"num": number},
            "good",
        )
    if missed := len(settled.missed):
        sentence = ngettext(
            "%(num)d view was not yours any more: its author took it back, or a colleague decided.",
            "%(num)d views were not yours any more: their authors took them back, or a colleague decided.",
            missed,
        )
        flash(sentence % {"num": missed}, "wait")


@pages.get("/clients/<slug>/runs/<uuid:run_id>/moderation/rejected")
@open_to(*MODERATORS)
def rejected(run_id: UUID) -> str:
    """The views that are not shown, with their reasons."""
    found = moderation.rejected(run_id, request.args.get("after"), A_PAGE)
    return render_template(
        "views/moderation_rejected.html",
        found=found,
        names=theme_names(run_id),
        sentence_of=sentence_of,
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation/rejected/<uuid:view_id>")
@open_to(*MODERATORS)
def reconsider(run_id: UUID, view_id: UUID) -> Response:
    moderation.reconsider(view_id)
    flash(_("The view is back in the queue."), "good")
    return see_other(".rejected", run_id=run_id)


@pages.get("/clients/<slug>/runs/<uuid:run_id>/themes")
@open_to(*MODERATORS)
def themes(run_id: UUID) -> str:
    return themes_page(run_id)


def themes_page(run_id: UUID, refusal: str = "", theme_id: UUID | None = None) -> str:
    """`theme_id`: whose wording was refused; it is shown as it was typed."""
    told = moderation.themes(run_id)
    typed = {theme.id: theme.words for theme in told.themes}
    refused = {theme_id: words_typed(told.languages)} if theme_id else {}
    spoken = [(code, NAMES.get(code, code)) for code in told.languages]
    return render_template(
        "views/moderation_themes.html", told=told, spoken=spoken, refusal=refusal, typed=typed | refused
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/themes/<uuid:theme_id>")
@open_to(*MODERATORS)
def word(run_id: UUID, theme_id: UUID) -> Response | tuple[str, int]:
    """Word a theme in all languages of the run."""
    words = words_typed(moderation.themes(run_id).languages)
    try:
        moderation.word_theme(theme_id, as_sent(ThemeRewording, edited({"words": words})))
    except ApiProblem as problem:
        problem.raise_unless(409, 422)
        sentence = (
            gettext(problem.detail)
            if problem.status == 409
            else _("A theme needs a name and a question in each language.")
        )
        return themes_page(run_id, sentence, theme_id), problem.status
    flash(_("The theme is worded."), "good")
    return see_other(".themes", run_id=run_id, _anchor=f"theme-{theme_id}")


def words_typed(languages: list[str]) -> dict[str, dict[str, str]]:
    parts = ("name", "question", "hint")
    return {
        code: {part: request.form.get(f"{part}-{code}", "").strip() for part in parts} for code in languages
    }
