"""Back from a SAML provider: its answer comes by a form of its own page."""

from uuid import UUID

from flask import Response, g, request

from services.portal.answers import see_other_address
from services.portal.areas.sign_in import known_browser, on_the_way
from services.portal.areas.sign_in.browser_kinds import kind_of_browser
from services.portal.areas.sign_in.employee import not_now, pages, refused
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import saml_client
from services.portal.here import public, trusts_no_cookie
from services.portal.shell import within
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from shared.contracts.api.identity_saml import SamlAnswer


@pages.post("/sign-in/saml/<uuid:connection_id>")
@public
@trusts_no_cookie
def arrive_by_form(connection_id: UUID) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Another site's form may come here, and nowhere else: the state in it, which only the browser that began has as a cookie as well,
    says that it was asked for."""
    state = request.form.get("RelayState", "")
    if page := on_the_way.page_after(state):
        return see_other_address(within(page))
    if not on_the_way.is_begun_here(state):
        return refused(
            "This sign-in was not started here, or it took too long. Start again from the front page.", 400
        )
    if len(request.form) < len(list(request.form.items(multi=True))):
        return refused(
            "The answer of the sign-in service could not be verified. Start again; if it repeats, tell your coordinator.",
            400,
        )
    browser, device = kind_of_browser()
    response = request.form.get("SAMLResponse", "")
    answer = SamlAnswer(
        state=state, response=response, connection_id=connection_id, browser=browser, device=device
    )
    try:
        opened = saml_client(g.organisation.id).finish_saml(answer)
    except ApiProblem as problem:
        return not_now(problem)
    return signed_in(opened.secret, state, within(opened.back))


def signed_in(secret: str, state: str, page: str) -> Response:
    answer = see_other_address(page)
    cookies.keep(answer, SESSION, secret)
    on_the_way.end(answer, state, page, by_post=True)
    known_browser.remember(answer)
    return answer


@pages.get("/sign-in/saml/<uuid:connection_id>/metadata")
@public
def our_metadata(connection_id: UUID) -> Response:
    """Our own metadata, for the provider."""
    file = saml_client(g.organisation.id).our_metadata(connection_id, request.host_url.rstrip("/"))
    return Response(file.content, content_type=file.type)
