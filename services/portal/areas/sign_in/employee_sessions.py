"""Where one is signed in: each of one's own sessions, ended one by one or all at once."""

from uuid import UUID

from flask import Response, abort, flash, g, render_template

from services.portal.answers import see_other
from services.portal.areas.sign_in.browser_kinds import in_words
from services.portal.areas.sign_in.employee import pages
from services.portal.clients import tokens
from services.portal.clients.identity import own_sessions_client
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from shared.contracts.api.identity import SessionHeld
from shared.contracts.api.identity_sessions import OwnSessionMeant, OwnSessions
from shared.languages import _


@pages.get("/sessions")
def own() -> str:
    return render_template(
        "sign_in/sessions.html", sessions=asked().own(SessionHeld(secret=secret())), in_words=in_words
    )


@pages.post("/sessions/<uuid:session_id>/end")
def end_one(session_id: UUID) -> Response:
    theirs = {one.id: one for one in asked().own(SessionHeld(secret=secret()))}
    if session_id not in theirs:
        abort(404)
    asked().end_one(OwnSessionMeant(secret=secret(), session_id=session_id))
    if theirs[session_id].is_this:
        return out_of_here()
    flash(_("Signed out there."), "good")
    return see_other(".own")


@pages.post("/sessions/end")
def end_all() -> Response:
    asked().end_all(SessionHeld(secret=secret()))
    return out_of_here()


def out_of_here() -> Response:
    tokens.forget(secret())
    answer = see_other(".left")
    cookies.drop(answer, SESSION)
    return answer


def asked() -> OwnSessions:
    return own_sessions_client(g.organisation.id)


def secret() -> str:
    return cookies.held(SESSION) or ""
