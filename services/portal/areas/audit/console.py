"""The consultancy's own audit log, for those who lead it; a client's is the client's alone."""

from flask import Blueprint

from services.portal.areas.audit import pages as audit_pages
from services.portal.here import keep_for
from services.portal.menu import N_, MenuItem

ROLES = frozenset({"lead"})
pages = Blueprint("audit", __name__)
menu = [MenuItem(N_("The consultancy's audit log"), "console.audit.show", ROLES, "console", 91, of_run=False)]
audit_pages.lay_out(pages, "/consultancy/audit")
keep_for(pages, *ROLES)
