"""A browser in which somebody has signed in before: its sign-ins are counted by itself, not by its address.

So nobody who shares its address can use up what is left for it. The cookie says nothing of a person: a random number, and
that this portal has given it for this organisation. It is stored nowhere, and every finished sign-in brings a new one.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from flask import current_app, g, request

from services.portal.web import cookies

KNOWN, SECONDS_KNOWN = "known", 30 * 24 * 60 * 60
LETTERS = 22  # of 128 random bits; the rest proves where they are from


def remember(answer: Any) -> None:
    """Lets this browser be known from now on."""
    number = secrets.token_urlsafe(16)
    cookies.keep(answer, KNOWN, number + proof_of(number), SECONDS_KNOWN)


def counted_by() -> str:
    """By what a sign-in is counted: this browser, where somebody has signed in with it before, else its address."""
    known = cookies.held(KNOWN) or ""
    number, proof = known[:LETTERS], known[LETTERS:]
    is_ours = hmac.compare_digest(proof.encode(), proof_of(number).encode())
    return f"browser {number}" if is_ours else request.remote_addr or ""


def proof_of(number: str) -> str:
    key, about = str(current_app.secret_key).encode(), f"known browser {g.organisation.id} {number}"
    return urlsafe_b64encode(hmac.digest(key, about.encode(), "sha256")).decode().rstrip("=")
