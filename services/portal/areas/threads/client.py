"""For the client's coordinators: how whole the thread of the run is, and the thread of anything in it."""

from flask import Blueprint

from services.portal.areas.threads.pages import lay_out
from services.portal.menu import N_, MenuItem

pages = Blueprint("threads", __name__)
menu = [
    MenuItem(N_("The thread"), "client.threads.show", frozenset({"coordinator"}), face="client", order=80)
]
lay_out(pages, "/desk/runs/<uuid:run_id>/threads", "coordinator")
