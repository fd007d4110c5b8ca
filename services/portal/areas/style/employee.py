"""The page of the design system: every piece in every state, and the same side by side on other devices."""

from functools import partial

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, url_for

from services.portal.areas.style.samples import samples
from services.portal.areas.style.sheets import LOOKS, address_in, all_sheets, worn
from services.portal.areas.style.sheets import sheet as sheet_in
from services.portal.here import public
from services.portal.look.area_files import is_there
from services.portal.look.style import style_of
from shared.languages import _
from shared.settings import is_demonstration

pages = Blueprint("style", __name__)
OF_THE_CLIENT = "client"


@pages.before_request
def only_in_a_demonstration() -> None:
    if not is_demonstration():
        abort(404)


@pages.get("/style")
@public
def show() -> str:
    return pieces_in("device")


@pages.get(f"/style/<any({', '.join(LOOKS)}):look>")
@public
def show_in(look: str) -> str:
    return pieces_in(look)


def pieces_in(look: str) -> str:
    """The whole page. Its sheets come from here instead of from their usual addresses."""
    return render_template(
        "style/page.html",
        look=look,
        asset=partial(address_in, look),
        area_assets=lambda kind: all_sheets() if kind == "css" else [],
        style_address=lambda: url_for(".client_sheet", look=look),
        **samples(),
    )


@pages.get("/style/frames")
@public
def frames() -> str:
    return render_template("style/frames.html")


@pages.post("/style")
@public
def send() -> Response:
    """Every form on the page may be sent, and does nothing."""
    flash(_("Nothing was sent: this page only shows what the pieces look like."), "good")
    return redirect(url_for(".show"), 303)  # type: ignore[return-value]


@pages.get(f"/style/<any({', '.join(LOOKS)}):look>/<name>")
@public
def sheet(look: str, name: str) -> Response:
    if not name.endswith(".css") or not is_there(name):
        abort(404)
    return Response(sheet_in(name, look), mimetype="text/css")


@pages.get(f"/style/<any({', '.join(LOOKS)}):look>/of-the-client")
@public
def client_sheet(look: str) -> Response:
    """The colours of the organisation on whose host the page is."""
    return Response(worn(style_of(g.organisation).css, look), mimetype="text/css")
