"""Signing out."""

from flask import Response, g, render_template

from services.portal.answers import see_other
from services.portal.areas.sign_in.employee import pages
from services.portal.clients import tokens
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_in_client
from services.portal.here import public
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from shared.contracts.api.identity import SessionHeld


@pages.post("/sign-out")
@public
def leave() -> Response:
    """Also for somebody whose session has ended already."""
    secret = cookies.held(SESSION) or ""
    tokens.forget(secret)
    try:
        sign_in_client(g.organisation.id).end(SessionHeld(secret=secret))
    except ApiProblem as problem:
        problem.raise_unless(401)
    answer = see_other(".left")
    cookies.drop(answer, SESSION)
    return answer


@pages.get("/signed-out")
@public
def left() -> str:
    return render_template("sign_in/signed_out.html")
