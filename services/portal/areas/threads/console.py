"""How whole the thread of a run is, and the thread of anything in it."""

from flask import Blueprint

from services.portal.areas.threads.pages import lay_out
from services.portal.menu import N_, MenuItem

STAFF = ("lead", "facilitator", "editor")
pages = Blueprint("threads", __name__)
menu = [MenuItem(N_("The thread"), "console.threads.show", frozenset(STAFF), face="console", order=80)]
lay_out(pages, "/clients/<slug>/runs/<uuid:run_id>/threads", *STAFF)
