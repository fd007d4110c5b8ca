"""The workbook on the client's desk: read the draft, clear quotes, approve, freeze and launch together."""

from uuid import UUID

from flask import Blueprint, render_template

from services.portal.areas.workbook import pages as workbook_pages
from services.portal.areas.workbook.signatures import signatures
from services.portal.clients.base import if_there
from services.portal.clients.publishing import writing
from services.portal.menu import N_, MenuItem

HERE = "/desk/runs/<uuid:run_id>/workbook"

pages = Blueprint("workbook", __name__)
workbook_pages.lay_out(pages, HERE)
menu = [MenuItem(N_("Workbook"), "client.workbook.show", face="client", order=60)]


@pages.get(HERE)
def show(run_id: UUID) -> str:
    """The draft as it would be read, with what both sides have said to it."""
    if (workbook := if_there(writing.workbook, run_id)) is None:
        return render_template("workbook/client_not_yet.html", run_id=run_id)
    book = writing.read_draft(run_id)
    shown = {"workbook": workbook, "book": book, "signatures": signatures(workbook)}
    return render_template("workbook/client.html", run_id=run_id, **shown)
