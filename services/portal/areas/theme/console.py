"""The theme studio in a client's rooms on the consultancy's console."""

from flask import Blueprint

from services.portal.areas.theme import pages as theme_pages
from services.portal.menu import N_, MenuItem

pages = Blueprint("theme", __name__)
theme_pages.lay_out(pages, "/clients/<slug>/theme")
menu = [MenuItem(N_("Look"), "console.theme.show", frozenset(("lead", "editor")), face="console", order=80)]
