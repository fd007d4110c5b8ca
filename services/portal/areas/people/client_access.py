"""The client sees who of the consultancy may come in, and ends it if need be."""

from flask import Blueprint

from services.portal.areas.people import access as access_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

ROLES = frozenset({"coordinator", "admin"})
pages = Blueprint("access", __name__)
menu = [MenuItem(N_("Access of the consultancy"), "client.access.show", ROLES, "client", 87, of_run=False)]
access_pages.lay_out(pages, "/desk/access")
keep_for(pages, *ROLES)
