"""Signing out with the provider: where a person does so, and what a provider tells us when somebody has.

OpenID Connect RP-Initiated Logout 1.0 and Back-Channel Logout 1.0.
"""

import time
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from services.identity.sign_in.models.connection import Connection
from services.identity.sign_in.provider import Provider, ProviderClient
from services.identity.sign_in.verifying import AnswerNotGenuine, is_an_identifier, signed

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_SECONDS = 600  # by then its number is forgotten, so nothing older is believed
NEEDED = {name: {"essential": True} for name in ("iat", "exp", "jti", "events")}


class LoggedOut(NamedTuple):
    """The person whom a provider has signed out, everywhere, or in one session of its own."""

    subject: str | None
    sid: str | None
    number: str


def told_by(
    logout_token: str, connection: Connection, provider: Provider, client: ProviderClient
) -> LoggedOut:
    """Verifies a logout token (Back-Channel Logout 1.0, 2.6) and returns what it says; raises AnswerNotGenuine, also for an old one."""
    claims = signed(logout_token, connection, NEEDED, provider, client)
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    identifies = bool(named) and all(is_an_identifier(one) for one in (*named, claims["jti"]))
    if not (identifies and is_about_logout(claims) and time.time() - claims["iat"] < OLDEST_SECONDS):
        raise AnswerNotGenuine
    return LoggedOut(claims.get("sub"), claims.get("sid"), claims["jti"])


def is_about_logout(claims: dict[str, Any]) -> bool:
    """An ID token is none: it has a nonce, and no such event."""
    events = claims["events"]
    return "nonce" not in claims and isinstance(events, dict) and isinstance(events.get(EVENT), dict)


def session_at_provider(claims: dict[str, Any]) -> str | None:
    """The provider's own session in which somebody has signed in, where the provider says so."""
    sid = claims.get("sid")
    return sid if is_an_identifier(sid) else None


def address_to_sign_out(connection: Connection, back: str, provider: Provider) -> str | None:
    """Returns where the browser signs out. We keep no ID token to show, so the provider asks the person once more."""
    if provider.end_session_endpoint is None:
        return None
    parts = urlsplit(provider.end_session_endpoint)
    params = {"client_id": connection.client_id, "post_logout_redirect_uri": back}
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query) + list(params.items()))))
