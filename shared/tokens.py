"""Tokens between services: ES256, one minute, for exactly one audience and one organisation (RFC 7519, RFC 7518)."""

import time
from dataclasses import dataclass, field
from functools import cache
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from shared.problems import WhoAreYou
from shared.settings import public_keys, secrets

SECONDS, LEEWAY = 60, 5


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: a member of staff, a pseudonym of one run and purpose, or a service itself."""

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


@cache
def _private_key(issuer: str) -> ECKey:
    return ECKey.import_key(secrets()["signing"][issuer])


@cache
def _public_keys() -> KeySet:
    return KeySet.import_key_set(public_keys())  # type: ignore[arg-type]


def issue(issuer: str, audience: str, caller: Caller) -> str:
    """A token by `issuer` (identity for people, a service's own name for itself) for the service `audience`."""
    key, now = _private_key(issuer), int(time.time())
    header = {"alg": "ES256", "kid": key.as_dict()["kid"]}
    times = {"iss": issuer, "aud": audience, "iat": now, "exp": now + SECONDS, "jti": uuid4().hex}
    return jwt.encode(header, caller.claims | times, key)


def verify(token: str, audience: str) -> Caller:
    """Who calls; raises WhoAreYou for a token that is foreign, stale, or meant for somebody else."""
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        tenant={"essential": True},
        sub={"essential": True},
    )
    try:
        decoded = jwt.decode(token, _public_keys(), algorithms=["ES256"])
        registry.validate(decoded.claims)
        only_people_from_identity(decoded.header["kid"], decoded.claims)
        return caller_from(decoded.claims)
    except (JoseError, ValueError, KeyError) as error:
        raise WhoAreYou from error


def only_people_from_identity(kid: str, claims: dict) -> None:
    """A service may speak for itself only; people's roles come from identity's key alone."""
    if kid.split(".")[0] != claims["iss"]:
        raise ValueError("The issuer is not the owner of the key.")
    if claims["iss"] != "identity" and set(claims.get("roles", [])) != {"service"}:
        raise ValueError("Only identity vouches for people.")


def caller_from(claims: dict) -> Caller:
    return Caller(
        tenant=UUID(claims["tenant"]),
        subject=UUID(claims["sub"]),
        roles=frozenset(claims.get("roles", [])),
        run_id=UUID(claims["run"]) if claims.get("run") else None,
        purpose=claims.get("purpose"),
        unit=claims.get("unit"),
        site=claims.get("site"),
        language=claims.get("language", "fi"),
        home=UUID(claims["home"]) if claims.get("home") else None,
    )


def service_token(issuer: str, audience: str, tenant: UUID) -> str:
    """A service speaking for itself, with no person behind it."""
    return issue(issuer, audience, Caller(tenant=tenant, subject=UUID(int=0), roles=frozenset({"service"})))
