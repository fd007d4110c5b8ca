"""The page of a client's mails that did not arrive, for the consultancy that leads its path."""

from flask import Blueprint

from services.portal.areas.mails import undelivered as undelivered_pages
from services.portal.here import keep_for

pages = Blueprint("undelivered", __name__)
undelivered_pages.lay_out(pages, "/clients/<slug>/undelivered")
keep_for(pages, "lead")
