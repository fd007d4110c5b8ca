"""The theme studio on the client's desk, where its designer works."""

from flask import Blueprint

from services.portal.areas.theme import pages as theme_pages
from services.portal.menu import N_, MenuItem

pages = Blueprint("theme", __name__)
theme_pages.lay_out(pages, "/desk/theme")
menu = [MenuItem(N_("Look"), "client.theme.show", face="client", order=80, of_run=False)]
