"""Signing in: the portal sends people to their own organisation's sign-in and gets them back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from services.portal.answers import see_other_address
from services.portal.areas.sign_in import known_browser, on_the_way
from services.portal.areas.sign_in.browser_kinds import with_kind_of_browser
from services.portal.areas.sign_in.refusals import not_now, refused
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_in_client
from services.portal.forms.fields import as_sent
from services.portal.here import public
from services.portal.shell import within
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from shared.contracts.api.identity import SignInAnswer, SignInWish, WayIn

pages = Blueprint("sign_in", __name__)


@pages.get("/sign-in")
@public
def enter() -> str | Response | tuple[str, int, dict[str, str]]:
    """With one way in we go there; with several, people choose theirs."""
    back = within(request.args.get("back", "/"))
    if len(g.ways_in) == 1 or request.args.get("by"):
        return send_off(back, request.args.get("by"))
    return chosen_here(g.ways_in, back)


def chosen_here(ways_in: list[WayIn], back: str, address: str = "", is_unknown: bool = False) -> str:
    said = {"ways_in": ways_in, "back": back, "address": address, "is_unknown": is_unknown}
    return render_template("sign_in/employee.html", can_type=len(g.ways_in) > 1, **said)


def send_off(back: str, by: str | None) -> Response | tuple[str, int, dict[str, str]]:
    try:
        wish = {"redirect_uri": url_for(".arrive", _external=True), "back": back, "connection_id": by}
        begun = sign_in_client(g.organisation.id).begin(as_sent(SignInWish, wish))
    except ApiProblem as problem:
        return not_now(problem)
    answer = see_other_address(begun.url)
    on_the_way.begin(answer, begun.state, begun.by_post)
    return answer


@pages.get("/sign-in/back", defaults={"connection_id": None})
@pages.get("/sign-in/back/<uuid:connection_id>")
@public
def arrive(connection_id: UUID | None) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Back from the provider: only in the browser that was sent there. Whoever comes by the browser's Back is led on again."""
    state = request.args.get("state", "")
    if page := on_the_way.page_after(state):
        return see_other_address(within(page))
    if not on_the_way.is_begun_here(state):
        return refused(
            "This sign-in was not started here, or it took too long. Start again from the front page.", 400
        )
    if len(request.args) < len(list(request.args.items(multi=True))):
        return refused(
            "The answer of the sign-in service could not be verified. Start again; if it repeats, tell your coordinator.",
            400,
        )
    try:
        came = SignInAnswer(state=state, connection_id=connection_id, **said_in(request.args))
        opened = sign_in_client(g.organisation.id).finish(with_kind_of_browser(came))
    except ApiProblem as problem:
        return not_now(problem)
    page = within(opened.back)
    answer = see_other_address(page)
    cookies.keep(answer, SESSION, opened.secret)
    on_the_way.end(answer, state, page)
    known_browser.remember(answer)
    return answer


def said_in(answer: MultiDict[str, str]) -> dict[str, Any]:
    """The parts of a provider's answer that mean something (RFC 6749, 4.1.2; RFC 9207)."""
    return {name: answer[name] for name in ("code", "error", "iss") if name in answer}
