"""Signing out: here, and then at the organisation's own sign-in too, for whoever wants that."""

from uuid import UUID

from flask import Response, flash, g, render_template, request, url_for

from services.portal.answers import see_other, see_other_address
from services.portal.areas.sign_in.employee import pages
from services.portal.clients import tokens
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_in_client, sign_outs
from services.portal.here import public
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from shared.contracts.api.identity import SessionHeld
from shared.contracts.api.identity_sign_outs import SignOutWish
from shared.languages import _


@pages.post("/sign-out")
@public
def leave() -> Response:
    """Also for somebody whose session has ended already."""
    secret = cookies.held(SESSION) or ""
    tokens.forget(secret)
    came_by = None
    try:
        came_by = sign_in_client(g.organisation.id).end(SessionHeld(secret=secret)).connection_id
    except ApiProblem as problem:
        problem.raise_unless(401)
    answer = see_other(".left", by=came_by)
    cookies.drop(answer, SESSION)
    return answer


@pages.get("/signed-out")
@public
def left() -> str:
    """`by` is the way in by which one had come: a way in that is open, or nobody's."""
    open_ones = {str(way.id) for way in g.ways_in}
    by = request.args.get("by")
    return render_template("sign_in/signed_out.html", by=by if by in open_ones else None)


@pages.get("/sign-out/at-provider/<uuid:connection_id>")
@public
def leave_provider(connection_id: UUID) -> Response:
    """Leads to the provider's own page, which asks before it signs anybody out, and back to ours."""
    wish = SignOutWish(connection_id=connection_id, back=url_for(".left", _external=True))
    found = sign_outs(g.organisation.id).at_provider(wish)
    if found.url:
        return see_other_address(found.url)
    flash(
        _("Your organisation's sign-in cannot be left from here. Close the browser, or sign out there."),
        "wait",
    )
    return see_other(".left")
