"""The moderators' queue, the views that are not shown, and the wording of the themes."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for

from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import survey
from services.portal.edits import edited
from services.portal.grounds import grounds, sentence_of
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.languages import NAMES, _, gettext, ngettext

MODERATORS = ("lead", "facilitator", "editor")
HANDFUL = 10
ACCEPT, REJECT = "accept", "reject"
pages = Blueprint("moderation", __name__)
menu = [
    MenuItem(N_("Moderation"), "console.moderation.show", frozenset(MODERATORS), face="console", order=30),
]


@pages.context_processor
def the_run() -> dict[str, Any]:
    return {"run_id": (request.view_args or {}).get("run_id")}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/moderation")
@open_to(*MODERATORS)
def show(run_id: UUID) -> str:
    return queue_page(run_id, survey.queue(run_id))


def queue_page(run_id: UUID, queue: dict[str, Any], refusal: str = "") -> str:
    """The views that I hold, or the offer to take some."""
    told = survey.themes(run_id)
    names = {theme["id"]: words_here(theme)["name"] for theme in told["themes"]}
    return render_template(
        "console/moderation.html",
        queue=queue,
        told=told,
        names=names,
        grounds=grounds(),
        typed=request.form,
        refusal=refusal,
        handful=HANDFUL,
    )


def words_here(theme: dict[str, Any]) -> dict[str, str]:
    return theme["words"].get(g.here.language) or next(iter(theme["words"].values()))


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation/claims")
@open_to(*MODERATORS)
def take(run_id: UUID) -> Response:
    """Take the next handful, or put back what I hold."""
    if request.form.get("act") == "put-back":
        survey.put_back(run_id)
        flash(_("What you held is back in the queue."))
    elif not survey.take_some(run_id, HANDFUL)["mine"]:
        flash(_("There is nothing to take just now: colleagues hold what waits."))
    return redirect(url_for(".show", run_id=run_id), 303)  # type: ignore[return-value]


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation")
@open_to(*MODERATORS)
def decide(run_id: UUID) -> Response | tuple[str, int]:
    """Decide on those of my handful that I have made up my mind about, and take the next."""
    decisions = [decision for id in request.form.getlist("view") if (decision := decision_on(id))]
    if decisions:
        try:
            settled = survey.decide(run_id, decisions)
        except ApiProblem as problem:
            if problem.status not in (409, 422):
                raise
            return queue_page(run_id, survey.queue(run_id), gettext(problem.detail)), problem.status
        say_what_was_settled(settled)
    if request.form.get("act") == "settle-and-take":
        survey.take_some(run_id, HANDFUL)
    return redirect(url_for(".show", run_id=run_id), 303)  # type: ignore[return-value]


def decision_on(view_id: str) -> dict[str, Any] | None:
    """None for a view that is left for later."""
    chosen = request.form.get(f"decision-{view_id}")
    about = {"view_id": view_id, "wording": request.form.get(f"wording-{view_id}", "")}
    if chosen == ACCEPT:
        return about | {"decision": ACCEPT}
    if chosen == REJECT:
        ground = request.form.get(f"ground-{view_id}") or None
        reason = request.form.get(f"reason-{view_id}", "").strip() or None
        return about | {"decision": REJECT, "ground": ground, "reason": reason}
    return None


def say_what_was_settled(settled: dict[str, Any]) -> None:
    number = settled["decided"]
    if number:
        flash(
            ngettext("%(num)d view is settled.", "%(num)d views are settled.", number) % {"num": number},
            "good",
        )
    if missed := len(settled["missed"]):
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
    found = survey.rejected(run_id, request.args.get("after"))
    names = {theme["id"]: words_here(theme)["name"] for theme in survey.themes(run_id)["themes"]}
    return render_template(
        "console/moderation_rejected.html", found=found, names=names, sentence_of=sentence_of
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/moderation/rejected/<uuid:view_id>")
@open_to(*MODERATORS)
def reconsider(run_id: UUID, view_id: UUID) -> Response:
    survey.reconsider(view_id)
    flash(_("The view is back in the queue."), "good")
    return redirect(url_for(".rejected", run_id=run_id), 303)  # type: ignore[return-value]


@pages.get("/clients/<slug>/runs/<uuid:run_id>/themes")
@open_to(*MODERATORS)
def themes(run_id: UUID) -> str:
    return themes_page(run_id)


def themes_page(run_id: UUID, refusal: str = "", theme_id: UUID | None = None) -> str:
    told = survey.themes(run_id)
    for theme in told["themes"]:
        theme["typed"] = words_typed(told["languages"]) if theme["id"] == str(theme_id) else theme["words"]
    spoken = [(code, NAMES.get(code, code)) for code in told["languages"]]
    return render_template(
        "console/moderation_themes.html", told=told, spoken=spoken, refusal=refusal, refused=str(theme_id)
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/themes/<uuid:theme_id>")
@open_to(*MODERATORS)
def word(run_id: UUID, theme_id: UUID) -> Response | tuple[str, int]:
    """Word a theme in all languages of the run."""
    words = words_typed(survey.themes(run_id)["languages"])
    try:
        survey.word_theme(theme_id, edited({"words": words}))
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        sentence = (
            gettext(problem.detail)
            if problem.status == 409
            else _("A theme needs a name and a question in each language.")
        )
        return themes_page(run_id, sentence, theme_id), problem.status
    flash(_("The theme is worded."), "good")
    return redirect(url_for(".themes", run_id=run_id, _anchor=f"theme-{theme_id}"), 303)  # type: ignore[return-value]


def words_typed(languages: list[str]) -> dict[str, dict[str, str]]:
    parts = ("name", "question", "hint")
    return {
        code: {part: request.form.get(f"{part}-{code}", "").strip() for part in parts} for code in languages
    }
