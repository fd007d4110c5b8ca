"""The client's name, host names and ways in, set by its own administrators."""

from flask import Blueprint

from services.portal.areas.settings import pages as settings_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

ROLES = frozenset({"admin"})
pages = Blueprint("sign_in_settings", __name__)
menu = [MenuItem(N_("Settings"), "client.sign_in_settings.show", ROLES, "client", 90, of_run=False)]
settings_pages.lay_out(pages, "/desk/settings")
keep_for(pages, *ROLES)
