"""The employee's home: what can I do now, and how long does it take?"""

import logging
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, g, render_template, url_for

from services.portal.agreed_path import AgreedPath, coming_of, known_on_this_page, path_of
from services.portal.clients.base import ApiProblem
from services.portal.clients.process import process
from services.portal.discovery import Area, areas
from services.portal.menu import N_, MenuItem
from services.portal.offers import Offer, most_useful_first
from shared.contracts.api.process import Phase, Run
from shared.problems import TookPartBefore

pages = Blueprint("home", __name__)
menu = [MenuItem(N_("Home"), "employee.home.show", order=0, of_run=False)]
log = logging.getLogger(__name__)
MOST_COMING = 3


@pages.get("/home")
def show() -> str:
    runs = process.runs()
    known_on_this_page(runs)
    return render_template("home/employee.html", runs=[shown(run) for run in runs])


class Shown(NamedTuple):
    """A run on the home of one person; `is_whole`: every service has said what it offers."""

    id: UUID
    name: str
    path: AgreedPath
    offers: list[Offer]
    is_whole: bool
    only_reading: str
    coming: list[Phase]
    plan_url: str


def shown(run: Run) -> Shown:
    offered = [offers_by(area, run) for area in areas() if area.face == "employee" and area.offers]
    return Shown(
        id=run.id,
        name=run.name,
        path=path_of(run.id),
        offers=most_useful_first(offer for offers in offered for offer in offers or ()),
        is_whole=None not in offered,
        only_reading=TookPartBefore().sentence if g.here.reads_along(run.id) else "",
        coming=coming_of(run)[:MOST_COMING],
        plan_url=url_for("employee.plan.show", run_id=run.id),
    )


def offers_by(area: Area, run: Run) -> list[Offer] | None:
    """Returns what an area offers this person now; nothing where its service has not heard of the run yet, None where it is
    away: the home is there all the same."""
    assert area.offers is not None
    try:
        return area.offers(g.here, run)
    except ApiProblem as problem:
        log.warning("%s offers nothing: %s", area.name, problem)
        return None if problem.is_away else []
