"""The plan on the client's desk: read, propose, sign, move on."""

from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, g, render_template

from services.portal.agreed_path import AgreedPath, known_on_this_page, path_of
from services.portal.areas.plan.steering import STEERING, lay_out
from services.portal.clients.process import process
from services.portal.menu import N_, MenuItem

DESK = frozenset({"coordinator", "designer", "admin"})
pages = Blueprint("plan", __name__)
menu = [
    MenuItem(N_("Desk"), "client.plan.desk", DESK, "client", 0, of_run=False),
    MenuItem(N_("Plan"), "client.plan.show", DESK, "client", 5),
    MenuItem(N_("Desk"), "client.plan.desk", DESK, "employee", 95, of_run=False),
    MenuItem(N_("My own pages"), "employee.home.show", face="client", order=95, of_run=False),
]
lay_out(pages, "/desk/runs/<uuid:run_id>/plan")


class Shown(NamedTuple):
    """A run on the desk, and what waits there."""

    id: UUID
    name: str
    path: AgreedPath
    waiting: list[str]


@pages.get("/desk")
def desk() -> str:
    """Lists what waits for the client's coordinators, run by run."""
    runs, steers = process.runs(), g.here.may(*STEERING)
    known_on_this_page(runs)
    shown = [
        Shown(
            run.id,
            run.name,
            path_of(run.id, "client"),
            process.steering(run.id).waiting if steers else [],
        )
        for run in runs
    ]
    return render_template("plan/desk.html", runs=shown)
