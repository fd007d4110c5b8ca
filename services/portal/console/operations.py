"""The operator's page: whether everything that was told has been handled, in counts and without content."""

from flask import Blueprint, g, render_template

from services.portal.clients.operations import states_of_the_bus
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem

pages = Blueprint("operations", __name__)
menu = [
    MenuItem(N_("Operations"), "console.operations.show", frozenset({"lead"}), "console", 90, of_run=False)
]


@pages.get("/operations")
@open_to("lead")
def show() -> str:
    states = states_of_the_bus(g.here.home.id)
    total = {name: sum(state[name] for state in states.values()) for name in next(iter(states.values()))}
    return render_template("console/operations.html", states=states, total=total, verdict=verdict(total))


def verdict(total: dict[str, int]) -> str:
    """What the counts mean, worst first."""
    if total["dead"] or total["parked"]:
        return "letters"
    if total["overdue"]:
        return "overdue"
    return "waiting" if total["unsent"] or total["told"] > total["handled"] else "calm"
