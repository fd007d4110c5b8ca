"""Sign-in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207, RFC 9700)."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError

from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.sign_in import SignIn
from services.identity.sign_in.provider import Provider, ProviderClient
from shared.problems import RuleBroken

SCOPES = "openid profile email"
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "EdDSA"]
LEEWAY = 60
REFUSED = (400, 401, 403)
LONGEST_SUBJECT = 255  # Core 1.0, 2
NOT_A_TOKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


class SignInRefused(RuleBroken):
    """Your organisation's sign-in did not let you in. Try again, or ask its support."""

    status = 403


class AnswerNotGenuine(RuleBroken):
    """The answer of the sign-in service could not be verified. Start again; if it repeats, tell your coordinator."""

    status = 403


def address_to_sign_in(connection: Connection, begun: SignIn, state: str, provider: Provider) -> str:
    """Returns the address to send the browser to."""
    params = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": begun.redirect_uri,
        "scope": SCOPES,
        "state": state,
        "nonce": begun.nonce,
        "code_challenge": challenge(begun.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return provider.authorization_endpoint + joint + urlencode(params)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def from_whom_we_asked(iss: str | None, provider: Provider) -> None:
    """Raises AnswerNotGenuine for an answer that another provider gave, or that does not say who gave it although this
    one always does (RFC 9207, 2.4)."""
    if iss is None and not provider.says_who_answers:
        return
    if iss != provider.issuer:
        raise AnswerNotGenuine


def claims_for(
    code: str, connection: Connection, begun: SignIn, provider: Provider, client: ProviderClient
) -> dict[str, Any]:
    """Exchange the code, verify the ID token, and say what the provider says about the person."""
    answer = exchange(code, connection, begun, provider, client)
    claims = verified(answer.get("id_token"), connection, begun.nonce, provider, client)
    if connection.claim("email", claims) and connection.claim("name", claims):
        return claims
    return with_userinfo(claims, answer.get("access_token"), provider, client)


def exchange(
    code: str, connection: Connection, begun: SignIn, provider: Provider, client: ProviderClient
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.redirect_uri,
        "code_verifier": begun.verifier,
        "client_id": connection.client_id,
    }
    secret, headers = connection.secret, {}
    if secret and "client_secret_basic" in provider.auth_methods:
        headers = {"Authorization": basic(connection.client_id, secret)}
    elif secret:
        form["client_secret"] = secret
    status, answer = client.ask("token", "POST", provider.token_endpoint, form, headers)
    if status in REFUSED and isinstance(answer.get("error"), str):
        raise SignInRefused
    if status != 200:
        raise client.away("token", provider.token_endpoint, str(status), remember=False)
    return answer


def basic(client_id: str, secret: str) -> str:
    """The header of client_secret_basic; both parts are written as in a form first (RFC 6749, 2.3.1)."""
    both = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(both.encode()).decode()


def verified(
    id_token: Any, connection: Connection, nonce: str, provider: Provider, client: ProviderClient
) -> dict[str, Any]:
    """The claims of an ID token that is meant for us, now, and for this very sign-in (Core 1.0, 3.1.3.7)."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": connection.issuer},
        aud={"essential": True, "value": connection.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        claims = decoded(id_token, provider, client)
        registry.validate(claims)
    except NOT_A_TOKEN as error:
        raise AnswerNotGenuine from error
    if not (is_same(claims.get("nonce"), nonce) and is_a_subject(claims["sub"])):
        raise AnswerNotGenuine
    if claims.get("azp", connection.client_id) != connection.client_id:
        raise AnswerNotGenuine
    return claims


def is_same(claimed: Any, nonce: str) -> bool:
    return isinstance(claimed, str) and claimed.isascii() and hmac.compare_digest(claimed, nonce)


def is_a_subject(subject: Any) -> bool:
    return isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT and subject.isprintable()


def decoded(id_token: Any, provider: Provider, client: ProviderClient) -> dict[str, Any]:
    """With the keys we know; once more with fresh ones, because providers change their keys without telling."""
    if not isinstance(id_token, str):
        raise TypeError("an ID token is a text")
    try:
        return jwt.decode(id_token, provider.keys(client), algorithms=ALGORITHMS).claims
    except NOT_A_TOKEN:
        return jwt.decode(id_token, provider.keys(client, anew=True), algorithms=ALGORITHMS).claims


def with_userinfo(
    claims: dict[str, Any], access_token: Any, provider: Provider, client: ProviderClient
) -> dict[str, Any]:
    """Some providers keep the ID token small and tell the rest on request; it must be about the same person."""
    if not provider.userinfo_endpoint or not isinstance(access_token, str) or not access_token:
        return claims
    bearer = {"Authorization": f"Bearer {access_token}"}
    status, more = client.ask("userinfo", "GET", provider.userinfo_endpoint, headers=bearer)
    if status != 200:
        raise client.away("userinfo", provider.userinfo_endpoint, str(status), remember=False)
    if more.get("sub") != claims["sub"]:
        raise AnswerNotGenuine
    return more | claims
