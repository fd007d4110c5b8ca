"""Gives pages the address of their live stream."""

from urllib.parse import urlencode
from uuid import UUID

from flask import g

from services.portal.clients.base import run_of_the_page
from services.portal.door import face, live_origin


def stream_of(service: str, id: UUID | str) -> str:
    """The address that a page's script follows; it says in which capacity this person looks at the page."""
    params = {"run": str(run_of_the_page() or "")}
    if face() == "console":
        params["client"] = g.client
    if face() == "client":
        params["staff"] = "yes"
    return f"{live_origin()}/live/{service}/{id}?{urlencode(params)}"
