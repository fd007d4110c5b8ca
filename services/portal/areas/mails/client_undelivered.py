"""The page of mails that did not arrive, for the client's administrators."""

from flask import Blueprint

from services.portal.areas.mails import undelivered as undelivered_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

ROLES = frozenset({"admin"})
pages = Blueprint("undelivered", __name__)
menu = [MenuItem(N_("Undelivered mails"), "client.undelivered.show", ROLES, "client", 87, of_run=False)]
undelivered_pages.lay_out(pages, "/desk/undelivered")
keep_for(pages, *ROLES)
