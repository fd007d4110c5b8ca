"""Tokens between services: ES256, one minute, for exactly one audience and one organisation (RFC 7519, RFC 7518)."""

import json
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import extract_compact

from shared.expiring import ExpiringCache
from shared.problems import WhoAreYou
from shared.settings import public_keys, secrets

SECONDS, LONGEST_SECONDS, LEEWAY = 60, 120, 5
MOST_VERIFIED = 5_000
REUSED_SECONDS = 20  # for so long a service says who it is with the same token
TYPE = "polku-service+jwt"
ASKS_WHO_TOOK_PART = "turnout"
"""The issuer of identity's question to the others: a key of its own, which vouches for nobody (docs/decisions/0075)."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The caller: a member of staff, a pseudonym of one run and purpose, or a service itself."""

    tenant: UUID
    subject: UUID
    roles: frozenset[str] = field(default_factory=frozenset)
    run_id: UUID | None = None
    purpose: str | None = None
    unit: str | None = None
    site: str | None = None
    language: str = "fi"
    home: UUID | None = None

    def is_any(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def claims(self) -> dict:
        claims = {
            "tenant": str(self.tenant),
            "sub": str(self.subject),
            "roles": sorted(self.roles),
            "run": str(self.run_id) if self.run_id else None,
            "purpose": self.purpose,
            "unit": self.unit,
            "site": self.site,
            "language": self.language,
            "home": str(self.home) if self.home else None,
        }
        return {name: value for name, value in claims.items() if value is not None}


def _private_key(issuer: str) -> bytes:
    """As it stands now; a rotation replaces it while we run, and what is remembered below is remembered of one key."""
    return msgspec.json.encode(secrets()["signing"][issuer])


@lru_cache(maxsize=16)
def _imported(key: bytes) -> ECKey:
    return ECKey.import_key(msgspec.json.decode(key))


@lru_cache(maxsize=4)
def _imported_set(keys: bytes) -> KeySet:
    return KeySet.import_key_set(msgspec.json.decode(keys))


class Claims(msgspec.Struct, kw_only=True, frozen=True):
    """The claims that a token must and may have, each of exactly this type (RFC 8725, 3.8 to 3.11)."""

    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    tenant: UUID
    sub: UUID
    roles: list[str] = []
    run: UUID | None = None
    purpose: str | None = None
    unit: str | None = None
    site: str | None = None
    language: str = "fi"
    home: UUID | None = None


def issue(issuer: str, audience: str, caller: Caller) -> str:
    """A token by `issuer` (identity for people, a service's own name for itself) for the service `audience`."""
    key, now = _imported(_private_key(issuer)), int(time.time())
    header = {"alg": "ES256", "typ": TYPE, "kid": key.as_dict()["kid"]}
    times = {"iss": issuer, "aud": audience, "iat": now, "exp": now + SECONDS, "jti": uuid4().hex}
    return jwt.encode(header, caller.claims | times, key)


def verify(token: str, audience: str) -> Caller:
    """Returns who calls; raises WhoAreYou for a token that is foreign, stale, of another kind, or meant for somebody else."""
    seen, keys = (token, audience), public_keys()
    known = _verified.get(seen)
    try:
        if known and known.keys is keys:
            only_now(known.claims)
        else:
            known = _looked_at(token, audience, keys)
            only_now(known.claims)
            _verified.keep(seen, known, known.claims.exp + LEEWAY - time.time())
        return known.caller
    except (JoseError, ValueError, KeyError) as error:  # msgspec's are ValueErrors
        raise WhoAreYou from error


class Verified(NamedTuple):
    """A token's claims, and the keys with which its signature was looked at: other keys, another look."""

    claims: Claims
    caller: Caller
    keys: dict


_verified = ExpiringCache[tuple[str, str], Verified](MOST_VERIFIED)


def _looked_at(token: str, audience: str, keys: dict) -> Verified:
    """All that does not depend on the time. A signature that is none raises, and is remembered by nobody."""
    key_set = _imported_set(msgspec.json.encode(keys))
    decoded = jwt.decode(token, key_set, algorithms=["ES256"])
    claims = msgspec.convert(decoded.claims, Claims)
    only_our_kind(decoded.header, claims, audience)
    only_people_from_identity(decoded.header["kid"], claims)
    return Verified(claims, caller_from(claims), keys)


def only_our_kind(header: dict, claims: Claims, audience: str) -> None:
    """Another signed document of ours is no token, and a token for one service is none for another."""
    if header.get("typ") != TYPE or claims.aud != audience:
        raise ValueError("This is not a token for this service.")


def only_now(claims: Claims) -> None:
    """Not before it was made, not after its end, and nobody makes one that lasts."""
    now = time.time()
    if not claims.iat - LEEWAY <= now <= claims.exp + LEEWAY or claims.exp - claims.iat > LONGEST_SECONDS:
        raise ValueError("The token is stale, too early or made to last.")


def only_people_from_identity(kid: str, claims: Claims) -> None:
    """A service may speak for itself only; people's roles come from identity's key alone."""
    if kid.split(".")[0] != claims.iss:
        raise ValueError("The issuer is not the owner of the key.")
    if claims.iss != "identity" and set(claims.roles) != {"service"}:
        raise ValueError("Only identity vouches for people.")


def caller_from(claims: Claims) -> Caller:
    return Caller(
        tenant=claims.tenant,
        subject=claims.sub,
        roles=frozenset(claims.roles),
        run_id=claims.run,
        purpose=claims.purpose,
        unit=claims.unit,
        site=claims.site,
        language=claims.language,
        home=claims.home,
    )


def issuer_of(token: str) -> str:
    """Returns who made a token that has been verified already."""
    return json.loads(extract_compact(token.encode()).payload)["iss"]


def service_token(issuer: str, audience: str, tenant: UUID) -> str:
    """A service speaking for itself, with no person behind it."""
    period = int(time.time()) // REUSED_SECONDS
    return _spoken_for_itself(issuer, audience, tenant, _private_key(issuer), period)


@lru_cache(maxsize=1024)
def _spoken_for_itself(issuer: str, audience: str, tenant: UUID, key: bytes, period: int) -> str:
    """`key` and `period` are here so that another key or time makes another token."""
    return issue(issuer, audience, itself(tenant))


def itself(tenant: UUID) -> Caller:
    """A service that asks for itself."""
    return Caller(tenant=tenant, subject=UUID(int=0), roles=frozenset({"service"}))
