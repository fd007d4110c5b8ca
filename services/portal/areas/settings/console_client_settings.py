"""A client's name, host names and ways in, while the consultancy helps to set them up."""

from flask import Blueprint

from services.portal.areas.settings import pages as settings_pages
from services.portal.here import keep_for

pages = Blueprint("client_settings", __name__)
settings_pages.lay_out(pages, "/clients/<slug>/settings")
keep_for(pages, "lead")
