"""The consultancy's own name, host names and ways in, set by those who lead it."""

from flask import Blueprint

from services.portal.areas.settings import pages as settings_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

pages = Blueprint("own_settings", __name__)
menu = [
    MenuItem(
        N_("The consultancy's settings"),
        "console.own_settings.show",
        frozenset({"lead"}),
        "console",
        90,
        of_run=False,
    )
]
settings_pages.lay_out(pages, "/consultancy/settings")
keep_for(pages, "lead")
