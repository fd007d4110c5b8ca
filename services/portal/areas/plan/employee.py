"""The agreed path, as everybody of the organisation may read it."""

from uuid import UUID

from flask import Blueprint, render_template

from services.portal.agreed_path import run_of
from services.portal.clients.process import process
from services.portal.menu import N_, MenuItem

pages = Blueprint("plan", __name__)
menu = [MenuItem(N_("The path"), "employee.plan.show", order=5)]


@pages.get("/runs/<uuid:run_id>/plan")
def show(run_id: UUID) -> str:
    run = run_of(run_id)
    agreed = [proposal for proposal in process.proposals(run_id) if proposal.state == "agreed"]
    in_force = next((proposal for proposal in agreed if proposal.version == run.version), None)
    return render_template("plan/employee.html", run=run, agreed=in_force, versions_agreed=agreed)
