"""Verifies what a provider has signed: ID tokens (OpenID Connect Core 1.0, 3.1.3.7).

The algorithms are our own list, whatever a provider's document says of itself: none of them is a signature that everybody can make.
"""

import hmac
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.provider import Provider, ProviderClient
from shared.problems import RuleBroken

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY = 60
LONGEST_SUBJECT = 255  # Core 1.0, 2
NOT_A_TOKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


class AnswerNotGenuine(RuleBroken):
    """The answer of the sign-in service could not be verified. Start again; if it repeats, tell your coordinator."""

    status = 403


def verified(
    id_token: Any, connection: Connection, nonce: str, provider: Provider, client: ProviderClient
) -> dict[str, Any]:
    """The claims of an ID token that is meant for us, now, and for this very sign-in; raises AnswerNotGenuine."""
    essential = {"iat": {"essential": True}, "exp": {"essential": True}, "sub": {"essential": True}}
    claims = signed(id_token, connection, essential, provider, client)
    if not (is_same(claims.get("nonce"), nonce) and is_an_identifier(claims["sub"])):
        raise AnswerNotGenuine
    if not is_for_us(claims, connection.client_id):
        raise AnswerNotGenuine
    return claims


def signed(
    token: Any,
    connection: Connection,
    essential: dict[str, Any],
    provider: Provider,
    client: ProviderClient,
) -> dict[str, Any]:
    """The claims of a token that this provider has signed for this client of its own; raises AnswerNotGenuine."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": connection.issuer},
        aud={"essential": True, "value": connection.client_id},
        **essential,
    )
    try:
        claims = decoded(token, provider, client)
        registry.validate(claims)
    except NOT_A_TOKEN as error:
        raise AnswerNotGenuine from error
    return claims


def decoded(token: Any, provider: Provider, client: ProviderClient) -> dict[str, Any]:
    """With the keys we know; once more with fresh ones, because providers change their keys without telling."""
    if not isinstance(token, str):
        raise TypeError("a token is a text")
    try:
        return jwt.decode(token, provider.keys(client), algorithms=ALGORITHMS).claims
    except NOT_A_TOKEN:
        return jwt.decode(token, provider.keys(client, anew=True), algorithms=ALGORITHMS).claims


def is_same(claim: Any, nonce: str) -> bool:
    return isinstance(claim, str) and claim.isascii() and hmac.compare_digest(claim, nonce)


def is_an_identifier(claim: Any) -> bool:
    return isinstance(claim, str) and 0 < len(claim) <= LONGEST_SUBJECT and claim.isprintable()


def is_for_us(claims: dict[str, Any], client_id: str) -> bool:
    """Whether it was made for us: of several audiences `azp` has to say who asked, and it is never anybody else."""
    audiences = claims["aud"]
    has_several = isinstance(audiences, list) and len(audiences) > 1
    return bool(claims["azp"] == client_id if "azp" in claims else not has_several)
