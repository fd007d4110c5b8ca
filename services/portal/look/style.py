"""The client's own colours: what publishing has made of its design tokens, at an address that is new whenever they are."""

import logging
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from uuid import UUID

from flask import Response, g, request, url_for

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import AsPortal
from services.portal.clients.remembered import Remembered
from services.portal.clients.typed import client
from services.portal.here import Organisation
from shared.contracts.api.publishing_theming import Theming

log = logging.getLogger(__name__)
A_YEAR, A_MINUTE = 365 * 24 * 3600, 60


@dataclass(frozen=True)
class Style:
    """An organisation's custom properties; our own, in look.css, stand where there are none."""

    css: str = ""

    @cached_property
    def fingerprint(self) -> str:
        return blake2b(self.css.encode(), digest_size=6).hexdigest()

    def kept_for(self, asked: str | None) -> str:
        """How long a browser keeps it: for good at its fingerprint, not at that of another look. Pages of before ask for none."""
        if asked is None:
            return f"public, max-age={A_MINUTE}"
        return f"public, max-age={A_YEAR}, immutable" if asked == self.fingerprint else "no-cache"


def stylesheet() -> Response:
    style = style_of(g.organisation)
    answer = Response(style.css, mimetype="text/css")
    answer.headers["Cache-Control"] = style.kept_for(request.args.get("v"))
    return answer


def style_address() -> str | None:
    """Returns the address of this page's stylesheet; None where the page looks like ours."""
    organisation = g.get("organisation")  # none at a host that is nobody's
    style = style_of(organisation) if organisation else Style()
    return url_for("shell.theme", v=style.fingerprint) if style.css else None


def style_of(organisation: Organisation) -> Style:
    return Style() if organisation.is_consultancy else _styles.of(organisation.id)


def forget_styles() -> None:
    """A look was saved: the next page wears it."""
    _styles.forget()


def style_from_publishing(organisation: UUID) -> Style:
    try:
        return Style(client(Theming, AsPortal(organisation)).theme().css)
    except ApiProblem as problem:  # a page without its client's colours is still a page
        log.warning("The theme is not to be had: %s", problem)
        return Style()


_styles = Remembered(style_from_publishing)
