"""How the people of an organisation sign in: a connection to its own identity provider."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.models.base import WORDS, Base
from shared.database import new_id
from shared.problems import RuleBroken
from shared.settings import setting
from shared.tenancy import TenantOwned
from shared.vault import open_sealed, seal

USUAL_CLAIMS = {
    "name": "name",
    "email": "email",
    "language": "locale",
    "unit": "unit",
    "site": "site",
    "roles": "roles",
}


class UnsafeAddress(RuleBroken):
    """The address of a sign-in service begins with https://. Copy it from your identity provider."""

    status = 422


class NotYourDomain(RuleBroken):
    """Your sign-in worked, but your e-mail address does not belong to this organisation. Ask its coordinator."""

    status = 403


class Connection(TenantOwned, Base):
    """An identity provider that the organisation trusts; it may have several.

    `kind` is oidc; SAML and SCIM get kinds of their own beside it.
    """

    __tablename__ = "connection"

    id: Mapped[UUID] = new_id()
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="oidc")
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary, default=None, repr=False)
    claims: Mapped[dict[str, str]] = mapped_column(JSONB, default_factory=dict)
    domains: Mapped[list[str]] = mapped_column(WORDS, default_factory=list)
    role_names: Mapped[dict[str, str]] = mapped_column(
        JSONB, default_factory=dict
    )  # what they say -> our role
    tested_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)

    @classmethod
    def open_ones(cls, session: Session) -> list["Connection"]:
        return list(session.scalars(select(cls).where(cls.closed_at.is_(None)).order_by(cls.name)))

    @classmethod
    def set_up(cls, session: Session, *, issuer: str, secret: str = "", domains: list[str] = (), **described):  # type: ignore[assignment]
        connection = cls(issuer=safe_issuer(issuer), domains=tidy(domains), **described)
        connection.keep_secret(secret)
        session.add(connection)
        return connection

    def change(self, *, issuer: str, domains: list[str], secret: str = "", **described: Any) -> None:
        self.issuer, self.domains = safe_issuer(issuer), tidy(domains)
        for name, value in described.items():
            setattr(self, name, value)
        self.keep_secret(secret)

    def keep_secret(self, secret: str) -> None:
        """Seal a new secret; an empty one leaves the old as it is."""
        if secret:
            self.sealed_secret = seal(secret.encode())

    @property
    def secret(self) -> str | None:
        return open_sealed(self.sealed_secret).decode() if self.sealed_secret else None

    def close(self, session: Session) -> None:
        self.closed_at = session.scalar(select(func.now()))

    def reopen(self) -> None:
        self.closed_at = None

    def was_tested(self, session: Session) -> None:
        self.tested_at = session.scalar(select(func.now()))

    def claim(self, name: str, claims: dict[str, Any]) -> Any:
        """What the provider says under the name that this organisation gave to it."""
        return claims.get(self.claims.get(name) or USUAL_CLAIMS[name])

    def vouches_for_address(self, claims: dict[str, Any]) -> bool:
        """Whether the e-mail address is of a domain that this provider answers for: then an account may be made."""
        email = str(self.claim("email", claims) or "")
        return email.rpartition("@")[2].lower() in self.domains and claims.get("email_verified") is not False

    def roles_in(self, claims: dict[str, Any], allowed: frozenset[str]) -> list[str]:
        """The roles that the provider vouches for, in our words."""
        said = self.claim("roles", claims) or []
        said = said.split() if isinstance(said, str) else [str(word) for word in said]
        return sorted({self.role_names.get(word, word) for word in said} & allowed)


def safe_issuer(issuer: str) -> str:
    """https always; plain http only for the demonstration's own provider."""
    parts = urlsplit(issuer.strip())
    trusted = parts.scheme == "https" or issuer.strip().rstrip("/") == setting("SIGN_IN", "").rstrip("/")
    if not (trusted and parts.hostname) or parts.username or parts.query or parts.fragment:
        raise UnsafeAddress
    return issuer.strip()


def tidy(domains: list[str]) -> list[str]:
    return sorted({domain.strip().lower().lstrip("@") for domain in domains if domain.strip()})
