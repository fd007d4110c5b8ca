"""The consultancy's access to a client's rooms: colleagues are let in for a reason and a time."""

from flask import Blueprint

from services.portal.areas.people import access as access_pages
from services.portal.here import open_to

pages = Blueprint("access", __name__)
access_pages.lay_out(pages, "/clients/<slug>/access")
pages.add_url_rule("/clients/<slug>/access", "grant", open_to("lead")(access_pages.grant), methods=["POST"])
