"""The event catalogue on the consultancy's console."""

from flask import Blueprint

from services.portal.areas.events import pages as event_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

pages = Blueprint("events", __name__)
event_pages.lay_out(pages, "/events")
pages.add_url_rule(
    "/events/openapi/<service>.json", "openapi", event_pages.openapi
)  # not for clients: no service has an address outside
keep_for(pages, "lead")
menu = [
    MenuItem(
        N_("Event catalogue"), "console.events.catalogue", frozenset({"lead"}), "console", 95, of_run=False
    )
]
