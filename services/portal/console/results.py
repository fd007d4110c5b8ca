"""Staff's page of the results: how far the views are read, then the places, the proposed questions, the release."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for

from services.portal import standings
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import survey
from services.portal.clients.voting import voting
from services.portal.edits import edited
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.languages import _, gettext

STAFF = ("lead", "facilitator", "editor")
RELEASING = ("lead", "facilitator")
PLENTY, FAIR, THIN = 25, 15, 10
pages = Blueprint("results", __name__)
menu = [
    MenuItem(N_("Readings and results"), "console.results.show", frozenset(STAFF), face="console", order=35)
]


@pages.context_processor
def the_run() -> dict[str, Any]:
    return {"run_id": (request.view_args or {}).get("run_id"), "standings": standings}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/results")
@open_to(*STAFF)
def show(run_id: UUID) -> str:
    return readings_page(run_id)


def readings_page(run_id: UUID, refusal: str = "", typed: dict[str, Any] | None = None) -> str:
    """How often the views have been read, against the promised floor; and what was agreed about reading."""
    ballot, names = voting.ballot(run_id), theme_names(run_id)
    read = {theme["theme_id"]: theme for theme in ballot["themes"]}
    none = {"views": 0, "readings": 0, "fewest": 0, "median": 0, "below_floor": 0}
    counted = ballot["state"] in ("counted", "released")
    return render_template(
        "console/results.html",
        ballot=ballot,
        themes=[none | read.get(id, {}) | {"id": id, "name": name} for id, name in names.items()],
        names=names,
        verdict=verdict(ballot),
        seats=seats_with_words(run_id, ballot) if counted else None,
        may_release=g.here.may(*RELEASING),
        refusal=refusal,
        typed=typed or ballot,
    )


def theme_names(run_id: UUID) -> dict[str, str]:
    """Theme id -> its name in the language spoken here, in their order."""
    themes = sorted(survey.themes(run_id)["themes"], key=lambda theme: theme["position"])
    return {theme["id"]: words_here(theme)["name"] for theme in themes}


def words_here(theme: dict[str, Any]) -> dict[str, str]:
    return theme["words"].get(g.here.language) or next(iter(theme["words"].values()))


def verdict(ballot: dict[str, Any]) -> tuple[str, str]:
    """Whether so many readers for so many views give a result to rely on; measured on real conversations."""
    expected = ballot["expected_votes_a_view"]
    if not any(theme["views"] for theme in ballot["themes"]):
        return _("No views yet"), ""
    if expected >= PLENTY:
        return _("Enough: the order will be well founded."), "good"
    if expected >= FAIR:
        return _("Fair: the first places will be well founded, the middle less so."), ""
    if expected >= THIN:
        return _("Little: invite once more, or ask for more readings a person."), "wait"
    return _("Too little: group duplicates first, or ask each person for 40."), "stop"


def seats_with_words(run_id: UUID, ballot: dict[str, Any]) -> dict[str, Any]:
    proposal = voting.seats(run_id)
    texts = survey.texts(run_id, [seat["view_id"] for seat in proposal["seats"]])
    names = standings.group_names(ballot["seats_by"])
    said = lambda group: standings.name_of(group, names)  # noqa: E731
    return proposal | {
        "seats": [
            seat | {"words": texts[seat["view_id"]], "group": said(seat["group"])}
            for seat in proposal["seats"]
            if seat["view_id"] in texts
        ],
        "joined": [(said(small), said(large)) for small, large in proposal["joined"].items()],
    }


@pages.get("/clients/<slug>/runs/<uuid:run_id>/results/<uuid:theme_id>")
@open_to(*STAFF)
def theme(run_id: UUID, theme_id: UUID) -> str | Response:
    """One theme's places: for staff as soon as the answers are counted."""
    after = max(0, request.args.get("after", 0, type=int))
    try:
        ranking = voting.ranking(run_id, theme_id, after, standings.A_PAGE)
    except ApiProblem as problem:
        if problem.status != 409:
            raise
        flash(gettext(problem.detail), "wait")
        return redirect(url_for(".show", run_id=run_id), 303)  # type: ignore[return-value]
    names = theme_names(run_id)
    found = standings.themes_with_words(run_id, ranking, names)
    result: dict[str, Any] = found[0] if found else {"places": [], "dividing": [], "views": 0}
    full = len(result["places"]) == standings.A_PAGE
    return render_template(
        "console/results_theme.html",
        ranking=ranking,
        names=names,
        chosen=str(theme_id),
        result=result,
        after=after,
        more=result["places"][-1]["position"] if full else None,
    )


@pages.post("/clients/<slug>/runs/<uuid:run_id>/results/terms")
@open_to(*RELEASING)
def agree_on(run_id: UUID) -> Response | tuple[str, int]:
    """Set the goal, the hearts, the questions, and how their seats are given."""
    form = request.form
    try:
        terms: dict[str, Any] = {
            "goal": int(form["goal"]),
            "questions": int(form["questions"]),
            "expected_readers": int(form["expected_readers"]) if form.get("expected_readers") else None,
            "with_hearts": form.get("with_hearts") == "yes",
        }
        if "seats_by" in form:
            terms["seats_by"] = form["seats_by"]
        voting.agree_on(run_id, edited(terms))
    except ValueError:
        return readings_page(run_id, _("Write numbers as digits, for example 20."), dict(form)), 422
    except ApiProblem as problem:
        if problem.status not in (409, 422):
            raise
        return readings_page(run_id, gettext(problem.detail), dict(form)), problem.status
    flash(_("What was agreed about reading is kept."), "good")
    return redirect(url_for(".show", run_id=run_id), 303)  # type: ignore[return-value]


@pages.post("/clients/<slug>/runs/<uuid:run_id>/results/release")
@open_to(*RELEASING)
def release(run_id: UUID) -> Response | tuple[str, int]:
    """Show the results to everybody, and hand the proposed questions to the workshops."""
    try:
        voting.release(run_id)
    except ApiProblem as problem:
        if problem.status != 409:
            raise
        return readings_page(run_id, gettext(problem.detail)), 409
    flash(_("The results are out. The proposed questions are on the workshops' table."), "good")
    return redirect(url_for(".show", run_id=run_id), 303)  # type: ignore[return-value]
