"""The cockpit: all clients' runs, where they are and what needs a person; steps and counts, no content."""

from collections.abc import Mapping

from flask import Blueprint, render_template, url_for
from msgspec.structs import asdict

from services.portal.agreed_path import AgreedPath, Step, phase_title, step_label
from services.portal.clients.identity import names_of, tenants
from services.portal.clients.process import process
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.contracts.api.identity_tenants import Client
from shared.contracts.api.process import Standing

STAFF = ("lead", "facilitator", "editor")
pages = Blueprint("cockpit", __name__)
menu = [MenuItem(N_("Cockpit"), "console.cockpit.show", face="console", order=0, of_run=False)]


@pages.get("/cockpit")
@open_to(*STAFF)
def show() -> str:
    clients = {client.id: client for client in tenants.clients()}
    standings = [standing for standing in process.cockpit() if standing.client_id in clients]
    leads = names_of(standing.led_by for standing in standings if standing.led_by)
    begun = {standing.client_id for standing in standings}
    rows = [row_of(standing, clients[standing.client_id], leads) for standing in standings]
    return render_template(
        "home/cockpit.html",
        rows=rows,
        needing=[row for row in rows if row.needs_a_person],
        calm=[row for row in rows if not row.needs_a_person],
        not_begun=[client for id, client in clients.items() if id not in begun],
    )


class Row(Standing, frozen=True, kw_only=True):
    """One client's run; the way in is open to those who have a grant there."""

    client: str
    colour: str
    url: str | None
    path: AgreedPath
    lead: str | None


def row_of(standing: Standing, client: Client, leads: Mapping[str, str]) -> Row:
    way = url_for("console.plan.show", slug=client.slug, run_id=standing.run_id)
    return Row(
        **asdict(standing),
        client=client.name,
        colour=client.colour,
        url=way if client.roles else None,
        path=path_to(standing),
        lead=leads.get(str(standing.led_by)),
    )


def path_to(standing: Standing) -> AgreedPath:
    """The dots of the path from the phase alone: the cockpit knows no more."""
    steps = standing.steps
    at = steps.index(standing.step)
    here = "done" if standing.completed else "current"
    states = ["done"] * at + [here] + ["coming"] * (len(steps) - at - 1)
    dots = tuple(Step(step_label(key), state) for key, state in zip(steps, states, strict=True))
    return AgreedPath(dots, phase_title(standing.phase))
