"""Sign-in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700)."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.identity.models.connection import Connection
from services.identity.models.visit import SignIn
from shared.problems import RuleBroken

SCOPES = "openid profile email"
ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "EdDSA"]
LEEWAY, SECONDS_TO_ANSWER, REMEMBERED_SECONDS = 60, 10.0, 300
MOST_BYTES = 512 * 1024


class ProviderAway(RuleBroken):
    """The sign-in service of your organisation does not answer. Try again in a moment."""

    status = 502


class NoProvider(RuleBroken):
    """At this address there is no OpenID provider that says so of itself. Check the address, letter by letter."""

    status = 422


class SignInRefused(RuleBroken):
    """Your organisation's sign-in did not let you in. Try again, or ask its support."""

    status = 403


class AnswerNotGenuine(RuleBroken):
    """The answer of the sign-in service could not be verified. Start again; if it repeats, tell your coordinator."""

    status = 403


@dataclass(frozen=True)
class Provider:
    """What an OpenID provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    auth_methods: tuple[str, ...]
    read_at: float

    @classmethod
    def at(cls, issuer: str) -> "Provider":
        """Read what stands at the issuer, remembered for five minutes; NoProvider when it is none."""
        known = _providers.get(issuer)
        if known is None or time.monotonic() - known.read_at > REMEMBERED_SECONDS:
            known = _providers[issuer] = cls._read(issuer)
        return known

    @classmethod
    def _read(cls, issuer: str) -> "Provider":
        said = fetch("GET", issuer.rstrip("/") + "/.well-known/openid-configuration", NoProvider)
        if said.get("issuer") != issuer:
            raise NoProvider
        try:
            return cls(
                issuer=issuer,
                authorization_endpoint=said["authorization_endpoint"],
                token_endpoint=said["token_endpoint"],
                jwks_uri=said["jwks_uri"],
                userinfo_endpoint=said.get("userinfo_endpoint"),
                end_session_endpoint=said.get("end_session_endpoint"),
                auth_methods=tuple(
                    said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
                ),
                read_at=time.monotonic(),
            )
        except KeyError as error:
            raise NoProvider from error

    def keys(self, anew: bool = False) -> KeySet:
        if anew or self.jwks_uri not in _keys:
            told: Any = fetch("GET", self.jwks_uri, ProviderAway)
            _keys[self.jwks_uri] = KeySet.import_key_set(told)
        return _keys[self.jwks_uri]


_providers: dict[str, Provider] = {}
_keys: dict[str, KeySet] = {}


def look_at(issuer: str) -> dict[str, Any]:
    """What stands at an issuer right now, without memory: its endpoints, and how many keys it signs with."""
    _providers.pop(issuer, None)
    provider = Provider.at(issuer)
    return provider.__dict__ | {"keys": len(provider.keys(anew=True).keys)}


@cache
def line_out() -> httpx.Client:
    """Certificates are read once a process, not once a sign-in; no connection is kept, providers close them as they like."""
    return httpx.Client(
        timeout=SECONDS_TO_ANSWER, follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0)
    )


def fetch(method: str, url: str, refusal: type[RuleBroken], **options: Any) -> dict[str, Any]:
    """A JSON object from the provider, without following redirects; `refusal` when it is something else."""
    try:
        answer = line_out().request(method, url, **options)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderAway from error
    try:
        said = answer.json() if answer.status_code == 200 and len(answer.content) <= MOST_BYTES else None
    except ValueError as error:
        raise refusal from error
    if not isinstance(said, dict):
        raise refusal
    return said


def address_to_sign_in(connection: Connection, begun: SignIn, state: str) -> str:
    """Where to send the browser."""
    provider = Provider.at(connection.issuer)
    asked = {
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
    return provider.authorization_endpoint + joint + urlencode(asked)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def claims_for(code: str, connection: Connection, begun: SignIn) -> dict[str, Any]:
    """Exchange the code, verify the ID token, and say what the provider says about the person."""
    provider = Provider.at(connection.issuer)
    answer = exchange(code, connection, begun, provider)
    claims = verified(str(answer.get("id_token", "")), connection, begun.nonce, provider)
    if connection.claim("email", claims) and connection.claim("name", claims):
        return claims
    return with_userinfo(claims, str(answer.get("access_token", "")), provider)


def exchange(code: str, connection: Connection, begun: SignIn, provider: Provider) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": begun.redirect_uri,
        "code_verifier": begun.verifier,
        "client_id": connection.client_id,
    }
    secret, basic = connection.secret, None
    if secret and "client_secret_basic" in provider.auth_methods:
        basic = httpx.BasicAuth(connection.client_id, secret)
    elif secret:
        form["client_secret"] = secret
    return fetch("POST", provider.token_endpoint, SignInRefused, data=form, auth=basic)


def verified(id_token: str, connection: Connection, nonce: str, provider: Provider) -> dict[str, Any]:
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
        claims = decoded(id_token, provider)
        registry.validate(claims)
    except (JoseError, ValueError) as error:
        raise AnswerNotGenuine from error
    if not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise AnswerNotGenuine
    if claims.get("azp", connection.client_id) != connection.client_id:
        raise AnswerNotGenuine
    return claims


def decoded(id_token: str, provider: Provider) -> dict[str, Any]:
    """With the keys we know; once more with fresh ones, because providers change their keys without telling."""
    try:
        return jwt.decode(id_token, provider.keys(), algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        return jwt.decode(id_token, provider.keys(anew=True), algorithms=ALGORITHMS).claims


def with_userinfo(claims: dict[str, Any], access_token: str, provider: Provider) -> dict[str, Any]:
    """Some providers keep the ID token small and tell the rest on request; it must be about the same person."""
    if not (provider.userinfo_endpoint and access_token):
        return claims
    bearer = {"Authorization": f"Bearer {access_token}"}
    more = fetch("GET", provider.userinfo_endpoint, SignInRefused, headers=bearer)
    if more.get("sub") != claims["sub"]:
        raise AnswerNotGenuine
    return more | claims
