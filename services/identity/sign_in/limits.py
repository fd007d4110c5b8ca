"""How long a session lasts: by what its person may do at this moment, not by what it was begun for.

Employees: eight hours without a click, a day at most, both known to the hour. Whoever works at the desk or belongs to the consultancy: minutes,
as the organisation has set them. These minutes stand in no row: the browser brings them along, sealed (docs/decisions/0085).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from services.identity.sign_in.hashing import hash_secret
from shared.contracts.api.identity import Kind
from shared.privacy.vault import vault_of
from shared.web.roles import CLIENT_SIDE

SECRET_LETTERS = 43  # of 256 random bits, as secrets.token_urlsafe makes them; the sealed minute follows
RENEWED_AFTER = timedelta(minutes=1)


class Limits(NamedTuple):
    """How long a session goes on without a click, and how long at most."""

    idle: timedelta
    longest: timedelta

    def or_shorter(self, other: "Limits") -> "Limits":
        return Limits(min(self.idle, other.idle), min(self.longest, other.longest))


OF_EMPLOYEES = Limits(timedelta(hours=8), timedelta(hours=24))


def are_closer(kind: Kind, roles: Iterable[str]) -> bool:
    """Whether the closer limits hold: for the consultancy's people, and for those who work at a client's desk."""
    return kind == "consultancy" or not set(CLIENT_SIDE).isdisjoint(roles)


def secret_of(held: str) -> str:
    """The secret in what a browser holds: what its hash is kept of."""
    return held[:SECRET_LETTERS]


def held_from(secret: str, used_at: datetime) -> str:
    """Returns what a browser holds: the secret, and sealed to it the minute in which the session was used."""
    minute = int(used_at.timestamp() // 60).to_bytes(4)
    sealed = vault_of("identity").seal(minute, hash_secret(secret))
    return secret + urlsafe_b64encode(sealed).decode().rstrip("=")


def used_at(held: str) -> datetime | None:
    """Returns the minute that the browser brings along; None for none, and for one that we have not sealed for this session."""
    secret, sealed = secret_of(held), held[SECRET_LETTERS:]
    try:
        minute = vault_of("identity").open(
            urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), hash_secret(secret)
        )
    except (InvalidTag, Error, ValueError):
        return None
    return datetime.fromtimestamp(int.from_bytes(minute) * 60, UTC)
