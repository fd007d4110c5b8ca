"""The operator's page: whether everything that was told has been handled and mails go out, in counts and without content."""

from collections import Counter

from flask import Blueprint, g, render_template

from services.portal.areas.events.words import SERVICE_WORDS
from services.portal.areas.mails import words as mail_words
from services.portal.clients.operations import state_of_the_mail_server, states_of_the_bus
from services.portal.here import open_to
from services.portal.menu import N_, MenuItem
from shared.languages import gettext

pages = Blueprint("operations", __name__)
menu = [
    MenuItem(N_("Operations"), "console.operations.show", frozenset({"lead"}), "console", 90, of_run=False)
]


@pages.get("/operations")
@open_to("lead")
def show() -> str:
    states, total = states_of_the_bus(g.here.home.id), Counter[str]()
    for state in states.values():
        total.update(state or {})
    names = {service: gettext(SERVICE_WORDS[service]) for service in states}
    away = [names[service] for service, state in states.items() if state is None]
    mail = state_of_the_mail_server(g.here.home.id)
    about = {"mail": mail, "trouble": mail_words.trouble_of(mail) if mail.get("since") else ""}
    about |= {"away": away, "verdict": verdict(total, bool(away)), "names": names}
    return render_template("operations/console.html", states=states, total=total, **about)


def verdict(total: Counter[str], somebody_is_away: bool) -> str:
    """Says what the counts mean, worst first."""
    if somebody_is_away:
        return "away"
    if total["brakes"]:
        return "halted"
    if total["dead"] or total["parked"]:
        return "dead_letters"
    if total["overdue"]:
        return "overdue"
    return "waiting" if total["unsent"] or total["told"] > total["handled"] else "calm"
