"""Admits people to live streams: the session is asked of identity, the right to follow of the service."""

from uuid import UUID

from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import Forbidden, NotFound, ServiceUnavailable, Unauthorized
from werkzeug.wrappers import Request

from services.portal.clients.base import ApiProblem, ask
from services.portal.clients.identity import sign_in_client
from services.portal.door import host_of
from services.portal.live.admissions import Admission
from services.portal.live.channels import Topic
from services.portal.web import cookies
from services.portal.web.cookies import SESSION
from services.portal.web.gateway import behind_a_gateway
from shared.contracts.api.identity import AccessContext, AccessContextAsked
from shared.settings import web_port

SERVICES = ("townhall", "workshop")
AT_ONCE = 4  # a thousand screens that come back in the same moment must not take the web workers from everybody else
_turnstile = BoundedSemaphore(AT_ONCE)
REFUSALS = {401: Unauthorized, 403: Forbidden, 404: NotFound, 422: NotFound}


def own_origin(request: Request) -> str:
    """The one place that may read our streams from another port: the portal's pages on the same host."""
    if behind_a_gateway():
        return f"{request.scheme}://{request.host}"
    usual = {"http": 80, "https": 443}[request.scheme]
    port = "" if web_port() == usual else f":{web_port()}"
    return f"{request.scheme}://{request.host.partition(':')[0]}{port}"


def only_our_pages(request: Request) -> None:
    if request.headers.get("Origin") not in (None, own_origin(request)):
        raise Forbidden


def admitted(request: Request, service: str, id: UUID) -> tuple[Topic, Admission]:
    """Returns what this person may follow, and by what right; raises the refusal otherwise."""
    if service not in SERVICES:
        raise NotFound
    with _turnstile:
        try:
            access = who_is_there(request, service)
            ask_the_service(access.tokens.get(service), service, id)
        except ApiProblem as problem:
            raise REFUSALS.get(problem.status, ServiceUnavailable) from problem
    return Topic(access.tenant.id, service, id), Admission.of(access)


def who_is_there(request: Request, service: str) -> AccessContext:
    """The person behind the cookie, with a token for this service; `client`, `run` and `staff` say in which capacity."""
    secret = cookies.held(SESSION, request)
    if not secret:
        raise Unauthorized
    home = host_of(request.host).organisation.id
    client = request.args.get("client")
    as_participant = client is None and "staff" not in request.args
    asked = AccessContextAsked(
        secret=secret,
        client=client,
        run_id=run_in(request),
        as_participant=as_participant,
        audiences=[service],
        for_stream=True,
    )
    return sign_in_client(home).current(asked)


def run_in(request: Request) -> UUID | None:
    run = request.args.get("run")
    try:
        return UUID(run) if run is not None else None
    except ValueError:
        raise NotFound from None


def ask_the_service(token: str | None, service: str, id: UUID) -> None:
    if token is None:
        raise Forbidden
    ask(service, "GET", f"/live/{id}/access", headers={"Authorization": f"Bearer {token}"})
