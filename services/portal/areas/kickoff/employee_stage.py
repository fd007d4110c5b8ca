"""The stage view: what the wall shows to a whole room."""

from io import BytesIO
from uuid import UUID

import segno
from flask import Blueprint, Response, render_template, request, url_for

from services.portal.areas.kickoff.hall import WORDS, hall_of
from services.portal.clients.townhall import townhall
from services.portal.streams import stream_of

pages = Blueprint("stage", __name__)
EVENT = "/runs/<uuid:run_id>/<any(kickoff, launch):purpose>"


@pages.get(f"{EVENT}/stage")
def show(run_id: UUID, purpose: str) -> str:
    return stage_page(run_id, purpose, request.host, url_for(".code", run_id=run_id, purpose=purpose))


def stage_page(run_id: UUID, purpose: str, host: str, code_url: str) -> str:
    """The wall; `host` is where the colleagues in the room go with their phones."""
    hall = townhall.hall(hall_of(run_id, purpose).id)
    stream = stream_of("townhall", hall.id)
    joining = {"join": f"{host}/join", "code_url": code_url, "stream": stream}
    return render_template("kickoff/stage.html", hall=hall, run_id=run_id, **joining, **WORDS)


@pages.get(f"{EVENT}/stage/code.svg")
def code(run_id: UUID, purpose: str) -> Response:
    """The QR code of the event's address."""
    return qr_code(hall_of(run_id, purpose).code, f"{request.scheme}://{request.host}")


def qr_code(code: str, origin: str) -> Response:
    address = origin + url_for("employee.kickoff.join_by", code=code)
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", scale=10, border=2, light="#fff", xmldecl=False
    )
    return Response(drawn.getvalue(), mimetype="image/svg+xml")
