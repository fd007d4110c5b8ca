"""The event catalogue on the client's desk, for its administrators: what their own systems can be told."""

from flask import Blueprint

from services.portal.areas.events import pages as event_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

pages = Blueprint("events", __name__)
event_pages.lay_out(pages, "/desk/events")
keep_for(pages, "admin")
menu = [
    MenuItem(
        N_("Event catalogue"), "client.events.catalogue", frozenset({"admin"}), "client", 95, of_run=False
    )
]
