"""How the people of an organisation sign in: a connection to its own identity provider."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from sqlalchemy import LargeBinary, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.claims import is_denied, names_in, text_in
from services.identity.models.base import WORDS, Base, today
from shared.database import new_id
from shared.problems import RuleBroken
from shared.settings import setting
from shared.tenancy import TenantOwned
from shared.vault import vault_of

RETURN = "/sign-in/back"
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


class IsUsed(RuleBroken):
    """People have signed in by this way in, so its issuer and client id stay. Set up a new way in, then close this one."""


class NoLongerOpen(RuleBroken):
    """This way in was closed or changed while you signed in. Start again from the front page."""


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
    )  # what they say -> our role; what is not here says nothing
    has_own_return_address: Mapped[bool] = mapped_column(default=True)
    used_on: Mapped[date | None] = mapped_column(default=None)  # the first day somebody signed in by it
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

    def change(
        self, *, issuer: str, client_id: str, domains: list[str], secret: str = "", **described: Any
    ) -> None:
        self._lead_elsewhere(issuer, client_id)
        self.domains = tidy(domains)
        for name, value in described.items():
            setattr(self, name, value)
        self.keep_secret(secret)

    def _lead_elsewhere(self, issuer: str, client_id: str) -> None:
        """Changes issuer and client id; refuses once accounts hang on them: another issuer could name any of them."""
        if (issuer.strip(), client_id) == (self.issuer, self.client_id):
            return
        if self.used_on:
            raise IsUsed
        self.issuer, self.client_id = safe_issuer(issuer), client_id

    def keep_secret(self, secret: str) -> None:
        """Seal a new secret; an empty one leaves the old as it is."""
        if secret:
            self.sealed_secret = vault_of("identity").seal(secret.encode())

    @property
    def secret(self) -> str | None:
        return vault_of("identity").open(self.sealed_secret).decode() if self.sealed_secret else None

    @classmethod
    def still_open(cls, begun: "Connection", session: Session) -> "Connection":
        """The way in by which a sign-in was begun, as it is now, locked against changes until the sign-in is done.

        Refuses a sign-in whose way in was closed, or leads elsewhere, while the provider answered.
        """
        ours = select(cls).filter_by(
            id=begun.id, issuer=begun.issuer, client_id=begun.client_id, closed_at=None
        )
        first = begun.used_on is None  # who writes the day
        found = session.scalars(ours.with_for_update(read=not first, key_share=first)).one_or_none()
        return found or _no_way_in()

    @property
    def returns_to(self) -> UUID | None:
        """Whose return address its people come back to: its own, so that no other provider's answer arrives there
        (RFC 9700, 4.4.2.2); none for those from before, which share one."""
        return self.id if self.has_own_return_address else None

    def return_address(self, at: str) -> str:
        """Where the provider sends people back to, on the host of this address."""
        return urljoin(at, f"{RETURN}/{self.id}" if self.has_own_return_address else RETURN)

    def is_used(self) -> None:
        """Notes the first day on which somebody signed in by it."""
        self.used_on = self.used_on or today()

    def close(self, session: Session) -> None:
        self.closed_at = session.scalar(select(func.now()))

    def reopen(self) -> None:
        self.closed_at = None

    def was_tested(self, session: Session) -> None:
        self.tested_at = session.scalar(select(func.now()))

    def claim(self, name: str, claims: dict[str, Any]) -> str | None:
        """What the provider says under the name that this organisation gave to it, where it is a text."""
        return text_in(self._said(name, claims))

    def _said(self, name: str, claims: dict[str, Any]) -> Any:
        return claims.get(self.claims.get(name) or USUAL_CLAIMS[name])

    def vouches_for_address(self, claims: dict[str, Any]) -> bool:
        """Whether the e-mail address is of a domain that this provider answers for: then an account may be made."""
        email = self.claim("email", claims) or ""
        is_ours = email.rpartition("@")[2].lower() in self.domains
        return is_ours and not is_denied(claims.get("email_verified"))

    def roles_in(self, claims: dict[str, Any], allowed: frozenset[str]) -> list[str]:
        """The roles that the provider vouches for: those that the administrator's table names, and no others."""
        said = names_in(self._said("roles", claims))
        return sorted({role for name, role in self.role_names.items() if name in said} & allowed)


def _no_way_in() -> Connection:
    raise NoLongerOpen


def safe_issuer(issuer: str) -> str:
    """https always; plain http only for the demonstration's own provider."""
    try:
        parts = urlsplit(issuer.strip())
    except ValueError:  # half an IPv6 address
        raise UnsafeAddress from None
    trusted = parts.scheme == "https" or issuer.strip().rstrip("/") == setting("SIGN_IN", "").rstrip("/")
    if not (trusted and parts.hostname) or parts.username or parts.query or parts.fragment:
        raise UnsafeAddress
    return issuer.strip()


def tidy(domains: list[str]) -> list[str]:
    return sorted({domain.strip().lower().lstrip("@") for domain in domains if domain.strip()})
