"""Sign-in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207, RFC 9700).

Authlib writes what is asked; it goes out through our own guard, and what comes back is verified by ourselves (docs/decisions/0089).
"""

import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client

from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.models.sign_in import SignIn
from services.identity.sign_in.provider import Provider, ProviderClient
from services.identity.sign_in.verifying import AnswerNotGenuine, verified
from shared.problems import RuleBroken

SCOPES = "openid profile email"
REFUSED = (400, 401, 403)
USED_OF_THE_ANSWER = ("id_token", "access_token")


class SignInRefused(RuleBroken):
    """Your organisation's sign-in did not let you in. Try again, or ask its support."""

    status = 403


def address_to_sign_in(connection: Connection, begun: SignIn, state: str, provider: Provider) -> str:
    """Returns the address to send the browser to."""
    params = {"state": state, "nonce": begun.nonce, "code_verifier": begun.verifier}
    url = provider.authorization_endpoint
    return protocol(connection, begun, provider).create_authorization_url(url, **params)[0]


def protocol(
    connection: Connection, begun: SignIn, provider: Provider, client: ProviderClient | None = None
) -> OAuth2Client:
    """Authlib's part of it, for one sign-in; it calls the provider by `client` alone."""
    spoken = OAuth2Client(
        Guarded(client, provider),
        client_id=connection.client_id,
        client_secret=connection.secret,
        token_endpoint_auth_method=auth_method(connection.secret, provider),
        scope=SCOPES,
        redirect_uri=begun.redirect_uri,
        code_challenge_method="S256",
    )
    spoken.register_client_auth_method(("client_secret_basic", as_basic))
    return spoken


def auth_method(secret: str | None, provider: Provider) -> str:
    if not secret:
        return "none"
    is_basic = "client_secret_basic" in provider.auth_methods
    return "client_secret_basic" if is_basic else "client_secret_post"


def as_basic(
    ours: ClientAuth, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """HTTP Basic with both parts written as in a form first (RFC 6749, 2.3.1), which Authlib leaves out."""
    both = f"{quote_plus(ours.client_id)}:{quote_plus(ours.client_secret)}"
    told = {"Authorization": "Basic " + base64.b64encode(both.encode()).decode()}
    return uri, headers | told, body


class Guarded:
    """The session by which Authlib calls: it can post to the token endpoint, through the guard, and nothing else."""

    def __init__(self, client: ProviderClient | None, provider: Provider) -> None:
        self.client, self.provider = client, provider

    def post(self, url: str, data: dict[str, str], headers: dict[str, str], auth: ClientAuth) -> "TokensCame":
        """Raises SignInRefused where the provider refuses the code, ProviderAway where it does not answer as it should."""
        assert self.client is not None
        _, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        status, payload = self.client.ask("token", "POST", url, body.encode(), sent)
        if status in REFUSED and isinstance(payload.get("error"), str):
            raise SignInRefused
        if status != 200:
            raise self.client.away("token", url, str(status), remember=False)
        return TokensCame({name: payload[name] for name in USED_OF_THE_ANSWER if name in payload})


class TokensCame(dict[str, Any]):
    """A good answer, without what we do not use: nothing else of it is read by anybody."""

    status_code = 200

    def json(self) -> dict[str, Any]:
        return dict(self)


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
    params = {"code": code, "code_verifier": begun.verifier}
    spoken = protocol(connection, begun, provider, client)
    return spoken.fetch_token(provider.token_endpoint, grant_type="authorization_code", **params)


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
