"""Where a provider tells that it has signed somebody out (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""

from uuid import UUID

from flask import Response, g, jsonify, request

from services.portal.areas.sign_in.employee import pages
from services.portal.clients.base import ApiProblem
from services.portal.clients.identity import sign_outs
from services.portal.here import public, trusts_no_cookie
from shared.contracts.api.identity_sign_outs import LogoutTold


@pages.post("/sign-in/back-channel/<uuid:connection_id>")
@public
@trusts_no_cookie
def back_channel(connection_id: UUID) -> tuple[Response, int] | Response:
    """No browser comes here. Whatever was wrong, the provider is told 400, as the standard has it."""
    token = request.form.get("logout_token", "")
    try:
        sign_outs(g.organisation.id).log_out(LogoutTold(connection_id=connection_id, logout_token=token))
    except ApiProblem as problem:
        return jsonify(error="invalid_request", error_description=problem.code), 400
    return Response(status=200)
