"""The client's own people, for those who coordinate and administer."""

from flask import Blueprint

from services.portal.areas.people import pages as people_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

pages = Blueprint("people", __name__)
menu = [
    MenuItem(
        N_("People"), "client.people.index", frozenset({"coordinator", "admin"}), "client", 85, of_run=False
    )
]
people_pages.lay_out(pages, "/desk/people")
keep_for(pages, "coordinator", "admin")
