"""The client's audit log, for its own administrators."""

from flask import Blueprint

from services.portal.areas.audit import pages as audit_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

ROLES = frozenset({"admin"})
pages = Blueprint("audit", __name__)
menu = [MenuItem(N_("Audit log"), "client.audit.show", ROLES, "client", 89, of_run=False)]
audit_pages.lay_out(pages, "/desk/audit")
keep_for(pages, *ROLES)
