"""The cockpit: all clients' runs, where they are and what needs a person; steps and counts, no content."""

from typing import Any

from flask import Blueprint, render_template, url_for

from services.portal.clients.identity import identity, names_of
from services.portal.clients.process import process
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from services.portal.road import Road, Step, phase_title, step_label

STAFF = ("lead", "facilitator", "editor")
pages = Blueprint("cockpit", __name__)
menu = [MenuItem(N_("Cockpit"), "console.cockpit.show", face="console", order=0, of_run=False)]


@pages.get("/cockpit")
@open_to(*STAFF)
def show() -> str:
    clients = {client["id"]: client for client in identity.clients()}
    standings = [standing for standing in process.cockpit() if standing["client_id"] in clients]
    leads = names_of([standing["led_by"] for standing in standings if standing["led_by"]])
    rows = [row_of(standing, clients[standing["client_id"]], leads) for standing in standings]
    begun = {standing["client_id"] for standing in standings}
    return render_template(
        "console/cockpit.html",
        rows=rows,
        needing=[row for row in rows if row["needs_a_person"]],
        calm=[row for row in rows if not row["needs_a_person"]],
        not_begun=[client for id, client in clients.items() if id not in begun],
    )


def row_of(standing: dict[str, Any], client: dict[str, Any], leads: dict[str, str]) -> dict[str, Any]:
    """One client's run; the way in is open to those who have a grant there."""
    url = (
        url_for("console.plan.show", slug=client["slug"], run_id=standing["run_id"])
        if client["roles"]
        else None
    )
    return standing | {
        "client": client["name"],
        "colour": client["colour"],
        "url": url,
        "road": road_to(standing),
    }


def road_to(standing: dict[str, Any]) -> Road:
    """The dots of the path from the phase alone: the cockpit knows no more."""
    steps = standing["steps"]
    at = steps.index(standing["step"])
    states = (
        ["done"] * at + ["done" if standing["completed"] else "current"] + ["coming"] * (len(steps) - at - 1)
    )
    dots = tuple(Step(step_label(key), state) for key, state in zip(steps, states, strict=True))
    return Road(dots, phase_title(standing["phase"]))
