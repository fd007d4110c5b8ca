"""The plan on the client's desk: read, propose, sign, move on."""

from flask import Blueprint, g, render_template

from services.portal.clients.process import process
from services.portal.menu import N_, MenuItem
from services.portal.road import road_of
from services.portal.steering import STEERING, lay_out

DESK = frozenset({"coordinator", "designer", "admin"})
pages = Blueprint("plan", __name__)
menu = [
    MenuItem(N_("Desk"), "client.plan.desk", DESK, "client", 0, of_run=False),
    MenuItem(N_("Plan"), "client.plan.show", DESK, "client", 5),
    MenuItem(N_("Desk"), "client.plan.desk", DESK, "employee", 95, of_run=False),
    MenuItem(N_("My own pages"), "employee.home.show", face="client", order=95, of_run=False),
]
lay_out(pages, "/desk/runs/<uuid:run_id>/plan")


@pages.get("/desk")
def desk() -> str:
    """What waits for the client's coordinators, run by run."""
    runs = process.runs()
    g.runs = {run["id"]: run for run in runs}
    g.run_in_sight = runs[0]["id"] if runs else None
    steers = g.here.may(*STEERING)
    shown = [
        {
            "id": run["id"],
            "name": run["name"],
            "road": road_of(run["id"], "client"),
            "waiting": process.steering(run["id"])["waiting"] if steers else [],
        }
        for run in runs
    ]
    return render_template("client/desk.html", runs=shown)
