"""Answers to requests without a session: pages lead to the sign-in, forms come back with what was typed, scripts get 401 and begin no sign-in."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, render_template, request, url_for

from services.portal.answers import see_other_address
from services.portal.shell import within
from shared.languages import _

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
Answer = Response | tuple[str, int]


def to_the_sign_in() -> Answer:
    """A page's address leads there and back. A form's leads nowhere else (its browser would not follow to the provider): its answer
    is a page that holds what was typed."""
    if is_asked_by_a_script():
        return told_a_script()
    if request.method in SAFE_METHODS:
        return see_other_address(sign_in_for(request.full_path.rstrip("?")))
    again = typed_here() | {"sign_in": sign_in_for(where_one_came_from())}
    return render_template("signed_out_meanwhile.html", **again), 401


def is_asked_by_a_script() -> bool:
    """Also by an image or a style: whatever shows no page of its own (Fetch Metadata, W3C)."""
    if mode := request.headers.get("Sec-Fetch-Mode"):
        return mode != "navigate"
    return request.accept_mimetypes.best == "application/json"


def told_a_script() -> Response:
    """A problem (RFC 9457) with `sign_in`, where to go, and the word for it."""
    facts = {
        "title": _("You are signed out"),
        "status": 401,
        "detail": _("You were signed out in the meantime. What you typed stays here."),
        "sign_in": sign_in_for(where_one_came_from()),
        "action": _("Sign in again"),
    }
    return Response(json.dumps(facts), 401, content_type="application/problem+json")


def sign_in_for(page: str) -> str:
    return url_for("employee.sign_in.enter", back=page)


def where_one_came_from() -> str:
    """The page of ours that the form or the script was on, with its query; else the front page."""
    try:
        came = urlsplit(request.referrer or "")
    except ValueError:
        return "/"
    ours = came.netloc in ("", request.host)
    return within(came._replace(scheme="", netloc="", fragment="").geturl() or "/") if ours else "/"


def typed_here() -> dict[str, Any]:
    """Returns what a refused act had sent, for the form that gives it back (parts/given_back.html)."""
    acts = request.method not in SAFE_METHODS
    return {
        "again": request.full_path.rstrip("?"),
        "acts": acts,
        "typed": list(request.form.items(multi=True)) if acts else [],
        "files": list(request.files) if acts else [],
    }
