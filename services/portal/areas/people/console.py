"""A client's people, for the consultancy in its rooms."""

from flask import Blueprint

from services.portal.areas.people import pages as people_pages
from services.portal.here import keep_for

pages = Blueprint("people", __name__)
people_pages.lay_out(pages, "/clients/<slug>/people")
keep_for(pages, "lead", "facilitator")
