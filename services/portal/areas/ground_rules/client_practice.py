"""Ground rules on the client's desk: how many teams have agreed, never what."""

from uuid import UUID

from flask import Blueprint, render_template

from services.portal.clients.practice import practice
from services.portal.menu import N_, MenuItem

DESK = frozenset({"coordinator", "designer", "admin"})
pages = Blueprint("practice", __name__)
menu = [MenuItem(N_("Teams"), "client.practice.show", DESK, "client", 70)]


@pages.get("/desk/runs/<uuid:run_id>/teams")
def show(run_id: UUID) -> str:
    return render_template("ground_rules/practice.html", counts=practice.counts(run_id), run_id=run_id)
