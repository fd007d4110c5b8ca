"""The address of SCIM 2.0 on an organisation's host, /scim/v2: hands each request on to identity, and its answer back."""

from flask import Blueprint, Response, g, json, request

from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import AsPortal
from services.portal.clients.typed import client
from services.portal.here import public, trusts_no_cookie
from services.portal.menu import N_
from shared.contracts.api.identity_provisioning import Provisioning, ScimAsked
from shared.languages import gettext
from shared.web.file_limits import LARGEST_SCIM

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
SCIM_JSON = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
TOO_LARGE = N_("A request has at most 256 KB. Announce the members of a large group in several requests.")
NO_TEXT = N_("A request is JSON in UTF-8.")
pages = Blueprint("scim", __name__)


class ForDirectory(AsPortal):
    """The portal itself, for a directory: what brings no good token is counted by its address."""

    def address(self) -> str:
        return request.remote_addr or ""


@pages.route("/scim/v2/", methods=METHODS)
@pages.route("/scim/v2/<path:path>", methods=METHODS)
@public
@trusts_no_cookie
def ask(path: str = "") -> Response:
    try:
        answered = client(Provisioning, ForDirectory(g.organisation.id)).scim(asked(path))
    except ApiProblem as problem:
        return refused(problem)
    return Response(answered.body, answered.status, answered.headers, content_type=SCIM_JSON)


def asked(path: str) -> ScimAsked:
    return ScimAsked(
        token=token(),
        method="GET" if request.method == "HEAD" else request.method,
        base=f"{request.host_url}scim/v2",
        path=f"/{path}",
        query=request.query_string.decode("latin-1"),
        body=body(),
        content_type=request.content_type or "",
        if_match=request.headers.get("If-Match", ""),
        if_none_match=request.headers.get("If-None-Match", ""),
    )


def token() -> str:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def body() -> str:
    if (request.content_length or 0) > LARGEST_SCIM or len(request.get_data()) > LARGEST_SCIM:
        raise ApiProblem(413, "too-large", TOO_LARGE)
    try:
        return request.get_data().decode()
    except UnicodeDecodeError:
        raise ApiProblem(400, "no-text", NO_TEXT) from None


def refused(problem: ApiProblem) -> Response:
    """A refusal of ours as SCIM says it (RFC 7644, 3.12): the sentence is the detail."""
    status = 400 if problem.status == 422 else problem.status
    said = {"schemas": [ERROR], "status": str(status), "detail": gettext(problem.detail) or problem.code}
    answer = Response(json.dumps(said), status, content_type=SCIM_JSON)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    if problem.retry_after:
        answer.headers["Retry-After"] = problem.retry_after
    return answer
