"""The pages of results: every view with its place, and how sure that place is."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, g, render_template, request, url_for

from services.portal.areas.results import standings
from services.portal.clients.survey import survey
from services.portal.clients.voting import progress_in, results
from services.portal.here import the_run
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer
from shared.contracts.api.process import Run
from shared.contracts.api.survey import ThemeInWords
from shared.languages import _

pages = Blueprint("results", __name__)
menu = [MenuItem(N_("Results"), "employee.results.show", order=35)]


@pages.context_processor
def the_run_and_its_standings() -> dict[str, Any]:
    return the_run() | {"standings": standings}


def offers(here: Any, run: Run) -> list[Offer]:
    """The results, once they are out and until the workbook carries them on."""
    if not {"workshop_1", "workshop_2"} & set(run.activities):
        return []
    progress = progress_in(run.id)
    if progress is None or progress.state != "released":
        return []
    return [
        Offer(
            title=_("The results of reading"),
            text=_("See where every view stands, and what goes on to the workshops."),
            url=url_for("employee.results.show", run_id=run.id),
            action=_("See the results"),
            minutes=3,
            order=60,
        )
    ]


@pages.get("/runs/<uuid:run_id>/results")
@pages.get("/runs/<uuid:run_id>/results/<uuid:theme_id>", endpoint="theme")
def show(run_id: UUID, theme_id: UUID | None = None) -> str:
    progress = progress_in(run_id)
    if progress is None or progress.state != "released":
        coming = {"state": "coming", "closes_at": None}
        return render_template("results/not_yet.html", progress=progress or coming)
    themes = survey.themes_in_words(run_id, g.here.language)
    here = next((theme for theme in themes if theme_id in (theme.id, None)), None)
    return results_page(run_id, themes, here or abort(404))


def results_page(run_id: UUID, themes: list[ThemeInWords], here: ThemeInWords) -> str:
    after = request.args.get("after", 0, type=int)
    ranking = results.ranking(run_id, here.id, max(0, after), standings.A_PAGE)
    result = standings.theme_with_words(run_id, ranking)
    return render_template(
        "results/employee.html",
        ranking=ranking,
        themes=themes,
        here_theme=here,
        result=result,
        after=after,
        more=result.more,
    )
