"""The cookies by which somebody is known: for this host alone, out of reach of scripts and of other sites' forms.

Where TLS is they have the `__Host-` prefix: browsers take such a cookie from this very host only, so no neighbouring
organisation's host can plant one (https://www.rfc-editor.org/rfc/rfc6265.html, RFC 6265bis 4.1.3).
"""

import re
from typing import Any

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Request

SESSION, ON_THE_WAY = "visit", "on_the_way"
OF_OURS = re.compile(r"[A-Za-z0-9_-]{1,128}")  # as secrets.token_urlsafe makes them


def name_of(cookie: str, asked: Request | None = None) -> str:
    """Returns the cookie's name in this request; without one given, in Flask's."""
    return f"__Host-{cookie}" if (asked or request).is_secure else cookie


def held(cookie: str, asked: Request | None = None) -> str | None:
    """Returns its value; None for what we cannot have given, which would be refused on every page and keep its bearer out."""
    value = (asked or request).cookies.get(name_of(cookie, asked), "")
    return value if OF_OURS.fullmatch(value) else None


def keep(answer: Any, cookie: str, value: str, seconds: int | None = None) -> None:
    answer.set_cookie(name_of(cookie), value, max_age=seconds, **attributes())


def keep_across_sites(answer: Any, cookie: str, value: str, seconds: int) -> None:
    """For what another site's form sends back to us: browsers take such a cookie only with `Secure`, and localhost as secure."""
    how = attributes() | {"samesite": "None", "secure": True}
    answer.set_cookie(name_of(cookie), value, max_age=seconds, **how)


def drop(answer: Any, cookie: str) -> None:
    answer.delete_cookie(name_of(cookie), **attributes())


def attributes() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Lax", "secure": request.is_secure, "path": "/"}


class Flashes(SecureCookieSessionInterface):
    """Flask's own session, which holds the sentence for the next page and nothing else."""

    def get_cookie_name(self, app: Flask) -> str:
        return name_of("flash")

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure
