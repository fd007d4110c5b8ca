"""Staff's page of the results: how far the views are read, then the places, the proposed questions, the release."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, flash, g, render_template, request

from services.portal.answers import see_other
from services.portal.areas.results import standings
from services.portal.areas.views.theme_names import theme_names
from services.portal.clients.base import ApiProblem
from services.portal.clients.survey import texts_of
from services.portal.clients.voting import results
from services.portal.forms.edits import edited
from services.portal.forms.fields import Fields, as_sent
from services.portal.here import open_to, the_run
from services.portal.menu import N_, MenuItem
from shared.contracts.api.survey import TextOfView
from shared.contracts.api.voting_results import Readings, Terms, ThemeReadings
from shared.languages import _

STAFF = ("lead", "facilitator", "editor")
RELEASING = ("lead", "facilitator")
PLENTY, FAIR, THIN = 25, 15, 10
pages = Blueprint("results", __name__)
menu = [
    MenuItem(N_("Readings and results"), "console.results.show", frozenset(STAFF), face="console", order=35)
]


@pages.context_processor
def the_run_and_its_standings() -> dict[str, Any]:
    return the_run() | {"standings": standings}


@pages.get("/clients/<slug>/runs/<uuid:run_id>/results")
@open_to(*STAFF)
def show(run_id: UUID) -> str:
    return readings_page(run_id)


class ThemeRow(NamedTuple):
    """How far one theme is read."""

    id: UUID
    name: str
    views: int = 0
    readings: int = 0
    fewest: int = 0
    median: float = 0
    below_floor: int = 0


def readings_page(run_id: UUID, refusal: str = "", typed: Mapping[str, str] | None = None) -> str:
    """How often the views have been read, against the promised floor; and what was agreed about reading."""
    ballot, names = results.ballot(run_id), theme_names(run_id)
    read = {theme.theme_id: theme for theme in ballot.themes}
    return render_template(
        "results/console.html",
        ballot=ballot,
        themes=[row_of(id, name, read.get(id)) for id, name in names.items()],
        names=names,
        verdict=verdict(ballot),
        seats=seats_with_words(run_id, ballot) if ballot.state in ("counted", "released") else None,
        may_release=g.here.may(*RELEASING),
        refusal=refusal,
        typed=Fields(typed) or ballot,
    )


def row_of(id: UUID, name: str, read: ThemeReadings | None) -> ThemeRow:
    if read is None:
        return ThemeRow(id, name)
    return ThemeRow(id, name, read.views, read.readings, read.fewest, read.median, read.below_floor)


def verdict(ballot: Readings) -> tuple[str, str]:
    """Whether so many readers for so many views give a result to rely on; measured on real conversations."""
    expected = ballot.expected_votes_a_view
    if not any(theme.views for theme in ballot.themes):
        return _("No views yet"), ""
    if expected >= PLENTY:
        return _("Enough: the order will be well founded."), "good"
    if expected >= FAIR:
        return _("Fair: the first places will be well founded, the middle less so."), ""
    if expected >= THIN:
        return _("Little: invite once more, or ask for more readings a person."), "wait"
    return _("Too little: group duplicates first, or ask each person for 40."), "stop"


class SeatShown(NamedTuple):
    """A proposed question: its words, its theme, and the group whose seat it is."""

    words: TextOfView
    theme_id: UUID
    group: str


class SeatsShown(NamedTuple):
    seats: list[SeatShown]
    joined: list[tuple[str, str]]
    """(small group, the group it is counted with)."""


def seats_with_words(run_id: UUID, ballot: Readings) -> SeatsShown:
    proposal = results.seats(run_id)
    texts = texts_of(run_id, [seat.view_id for seat in proposal.seats])
    names = standings.group_names(ballot.seats_by)
    return SeatsShown(
        [
            SeatShown(texts[seat.view_id], seat.theme_id, standings.name_of(seat.group, names))
            for seat in proposal.seats
            if seat.view_id in texts
        ],
        [
            (standings.name_of(small, names), standings.name_of(large, names))
            for small, large in proposal.joined.items()
        ],
    )


@pages.get("/clients/<slug>/runs/<uuid:run_id>/results/<uuid:theme_id>")
@open_to(*STAFF)
def theme(run_id: UUID, theme_id: UUID) -> str | Response:
    """One theme's places: for staff as soon as the answers are counted."""
    after = max(0, request.args.get("after", 0, type=int))
    try:
        ranking = results.ranking(run_id, theme_id, after, standings.A_PAGE)
    except ApiProblem as problem:
        flash(problem.refusal(409), "wait")
        return see_other(".show", run_id=run_id)
    result = standings.theme_with_words(run_id, ranking)
    return render_template(
        "results/theme.html",
        ranking=ranking,
        names=theme_names(run_id),
        chosen=theme_id,
        result=result,
        after=after,
        more=result.more,
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
        results.agree_on(run_id, as_sent(Terms, edited(terms)))
    except ValueError:
        return readings_page(run_id, _("Write numbers as digits, for example 20."), dict(form)), 422
    except ApiProblem as problem:
        return readings_page(run_id, problem.refusal(409, 422), dict(form)), problem.status
    flash(_("What was agreed about reading is kept."), "good")
    return see_other(".show", run_id=run_id)


@pages.post("/clients/<slug>/runs/<uuid:run_id>/results/release")
@open_to(*RELEASING)
def release(run_id: UUID) -> Response | tuple[str, int]:
    """Show the results to everybody, and hand the proposed questions to the workshops."""
    try:
        results.release(run_id)
    except ApiProblem as problem:
        return readings_page(run_id, problem.refusal(409)), 409
    flash(_("The results are out. The proposed questions are on the workshops' table."), "good")
    return see_other(".show", run_id=run_id)
