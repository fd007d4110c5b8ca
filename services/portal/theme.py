"""The client's own colours: what publishing made of its design tokens, served to every page as /theme.css."""

import logging
from uuid import UUID

from flask import Response, g

from services.portal.clients.base import ApiProblem, ask
from shared.tokens import service_token

log = logging.getLogger(__name__)
SECONDS = 60


def stylesheet() -> Response:
    """The organisation's custom properties; our own, in look.css, stand where there are none."""
    css = css_of(g.organisation.id) if not g.organisation.is_consultancy else ""
    answer = Response(css, mimetype="text/css")
    answer.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    return answer


def css_of(organisation: UUID) -> str:
    token = service_token("portal", "publishing", organisation)
    try:
        return ask("publishing", "GET", "/theme", headers={"Authorization": f"Bearer {token}"}).json()["css"]
    except ApiProblem as problem:  # a page without its client's colours is still a page
        log.warning("The theme is not to be had: %s", problem)
        return ""
