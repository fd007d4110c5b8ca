"""How the people of an organisation sign in: a connection to its own identity provider.

A connection lets anybody in whose address is of its domains. It speaks for people whom the organisation has listed, and for
roles, only once the client has confirmed it; until then it could be anybody's.
"""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Select, String, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.identity.base import WORDS, Base, today
from services.identity.sign_in.claims import is_denied, names_in, text_in
from services.identity.sign_in.mail_domains import can_be_claimed, tidy
from services.identity.sign_in.models.way_in_change import WayInChange
from services.identity.tenants.dns_proof import wanted_record
from shared.contracts.api.identity import Admits
from shared.database import new_id
from shared.languages import ZONE
from shared.messaging.scheduling import SetsTimers
from shared.privacy.vault import vault_of
from shared.problems import NotFound, RuleBroken
from shared.settings import setting
from shared.tenancy.sessions import TenantOwned

RETURN, SAML_RETURN = "/sign-in/back", "/sign-in/saml"
USUAL_CLAIMS = {
    "name": "name",
    "given_name": "given_name",
    "email": "email",
    "language": "locale",
    "unit": "unit",
    "site": "site",
    "roles": "roles",
    "joining": "sub",  # what the directory's externalId says of the same person (SCIM)
}
KEY = "key"  # of SAML: the attribute by which people are known, where it is no persistent NameID
SETTINGS = (
    "name",
    "issuer",
    "client_id",
    "domains",
    "claims",
    "role_names",
    "admits",
    "home_organisations",
    "factors",
)  # what stands in the log, before and after
MOST = {
    "domains": 50,
    "home_organisations": 50,
    "factors": 50,
    "claims": 50,
    "role_names": 200,
}  # of each, so that who confirms them reads them
LOOKED_AT_EVERY = timedelta(days=7)
LOOK = "way_in_look"  # the timer of the next look at the records


class UnsafeAddress(RuleBroken):
    """The address of a sign-in service begins with https://. Copy it from your identity provider."""

    status = 422
    field = "issuer"


class NotYourDomain(RuleBroken):
    """Your sign-in worked, but your e-mail address does not belong to this organisation. Ask its coordinator."""

    status = 403


class NotOnTheList(RuleBroken):
    """Your sign-in worked, but this organisation lets only people in who are on its list, and your address is not on it. Ask its coordinator to add it, then sign in again."""

    status = 403


class IsUsed(RuleBroken):
    """People have signed in by this way in, so its issuer and client id stay. Set up a new way in, then close this one."""


class NotProven(RuleBroken):
    """Not all records are there yet. DNS may need some hours to pass them on: compare them letter by letter, and look again later."""


class IsClosed(RuleBroken):
    """This way in is closed, so nobody can confirm it. Open it again first, then confirm it."""


class TooLongToRead(RuleBroken):
    """Whoever confirms a way in has to read all of it: it may name at most 50 domains, 50 names of claims and 200 groups. Leave some out, or make one group for each role at your provider."""

    status = 422


class NotConfirmed(RuleBroken):
    """Your organisation has not confirmed this way to sign in yet, and somebody with your address is expected. Ask its administrator to confirm it."""

    status = 403


class NoLongerOpen(RuleBroken):
    """This way in was closed or changed while you signed in. Start again from the front page."""


class Connection(TenantOwned, SetsTimers, Base):
    """An identity provider that the organisation trusts; it may have several.

    `kind` is oidc or saml; SAML's own stands in SamlProvider. SCIM announces people for one (services/identity/provisioning).
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
    # Of a federation such as Virtu: whose people the provider may speak for
    home_organisations: Mapped[list[str]] = mapped_column(
        WORDS, default_factory=list, server_default=text("'{}'")
    )
    role_names: Mapped[dict[str, str]] = mapped_column(
        JSONB, default_factory=dict
    )  # what they say -> our role; what is not here says nothing
    admits: Mapped[Admits] = mapped_column(String, default="domains", server_default="domains")
    factors: Mapped[list[str]] = mapped_column(
        WORDS, default_factory=list, server_default="{}"
    )  # words of acr and amr
    has_own_return_address: Mapped[bool] = mapped_column(default=True)
    used_on: Mapped[date | None] = mapped_column(default=None)  # the first day somebody signed in by it
    tested_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    keeper_id: Mapped[UUID | None] = mapped_column(
        default=None
    )  # who may reopen the last one beside the client
    token: Mapped[str] = mapped_column(default_factory=lambda: secrets.token_hex(16), repr=False)
    confirmed_on: Mapped[date | None] = mapped_column(default=None)
    confirmed_how: Mapped[str | None] = mapped_column(default=None)  # link | dns | operator
    prove_by: Mapped[date | None] = mapped_column(default=None)  # ways in from before anybody was asked
    missing_since: Mapped[date | None] = mapped_column(default=None)  # a later look did not find the records
    for_tests_only: Mapped[bool] = mapped_column(default=False)  # set up by a link: until it is confirmed

    @classmethod
    def open_ones(cls, session: Session) -> list["Connection"]:
        """Returns the connections by which somebody can get in, by name; the first is the usual one, so the unconfirmed ones come last."""
        open_ones = select(cls).where(cls.closed_at.is_(None), ~cls.for_tests_only).order_by(cls.name, cls.id)
        return sorted(session.scalars(open_ones), key=lambda way: not way.is_confirmed)

    @classmethod
    def locked(cls, id: UUID, session: Session) -> "Connection":
        """The way in, for somebody who changes it: sign-ins that are under way are done first, new ones wait."""
        ours = select(cls).filter_by(id=id).with_for_update(key_share=True)
        found = session.scalars(ours.execution_options(populate_existing=True)).one_or_none()
        return found or _not_here()

    @classmethod
    def set_up(
        cls,
        session: Session,
        *,
        issuer: str,
        secret: str = "",
        domains: list[str] = (),  # type: ignore[assignment]
        home_organisations: list[str] = (),  # type: ignore[assignment]
        kind: str = "oidc",
        by: UUID | None = None,
        like: "Connection | None" = None,
        **described: Any,
    ) -> "Connection":
        """Opens a way in; nobody who is listed, and no role, comes by it before it is confirmed.

        One that takes another's place may be as long as that one.
        """
        connection = cls(issuer=named_by(kind, issuer), kind=kind, **described)
        connection.domains = connection._claimed_names(domains, [])
        connection.home_organisations = connection._claimed_names(home_organisations, [])
        connection._can_be_read(like.settings if like else {})
        connection._keep_secret(secret)
        session.add(connection)
        connection._was_changed("made", by, session, **connection.settings)
        return connection

    def change(
        self,
        *,
        session: Session,
        issuer: str,
        client_id: str,
        domains: list[str],
        home_organisations: list[str] = (),  # type: ignore[assignment]
        secret: str = "",
        by: UUID | None = None,
        **described: Any,
    ) -> None:
        """Changes what is said; an empty secret keeps the old one. What could bring in somebody else is confirmed anew."""
        before = self.settings
        self._lead_elsewhere(issuer, client_id)
        self.domains = self._claimed_names(domains, self.domains)
        self.home_organisations = self._claimed_names(home_organisations, self.home_organisations)
        self._keeps_the_key(described.get("claims", self.claims))
        for name, value in described.items():
            setattr(self, name, value)
        self._can_be_read(before)
        self._keep_secret(secret)
        self._note_what_changed(before, bool(secret), by, session)

    def _lead_elsewhere(self, issuer: str, client_id: str) -> None:
        """Changes issuer and client id; refuses once accounts hang on them: another issuer could name any of them."""
        if (issuer.strip(), client_id) == (self.issuer, self.client_id):
            return
        if self.used_on:
            raise IsUsed
        self.issuer, self.client_id = named_by(self.kind, issuer), client_id

    def _claimed_names(self, names: list[str], before: list[str]) -> list[str]:
        """Returns domains as they are kept; those that it had stay, whoever else has addresses there."""
        wanted = tidy(names)
        can_be_claimed(set(wanted) - set(before))
        return wanted

    def _keeps_the_key(self, claims: dict[str, str]) -> None:
        """Refuses to know people by another attribute once accounts hang on this one: its values could be anybody's."""
        if self.used_on and claims.get(KEY) != self.claims.get(KEY):
            raise IsUsed

    def _can_be_read(self, before: dict[str, Any]) -> None:
        """Refuses more than whoever confirms it can read; what was longer before stays, and becomes no longer."""
        after = self.settings
        if any(len(after[name]) > max(most, len(before.get(name, ()))) for name, most in MOST.items()):
            raise TooLongToRead

    def _keep_secret(self, secret: str) -> None:
        if secret:
            self.sealed_secret = vault_of("identity").seal(secret.encode())

    def _note_what_changed(
        self, before: dict[str, Any], secret: bool, by: UUID | None, session: Session
    ) -> None:
        after = self.settings
        different = {name: [before[name], after[name]] for name in SETTINGS if before[name] != after[name]}
        if not different and not secret:
            return
        if {"issuer", "client_id", "claims"} & set(different):
            self.token = secrets.token_hex(16)  # what the records approved of is not what stands here now
            self._is_not_confirmed()
        elif set(self.names_to_prove) - {*before["domains"], *before["home_organisations"]}:
            self._is_not_confirmed()
        if secret:
            self._was_changed("secret_replaced", by, session)
        if different:
            self._was_changed("edited", by, session, **different)

    def leads_elsewhere(self) -> None:
        """Is confirmed anew, because its provider's metadata are others."""
        self.token = secrets.token_hex(16)
        self._is_not_confirmed()

    def _is_not_confirmed(self) -> None:
        self.confirmed_on, self.confirmed_how, self.prove_by, self.missing_since = None, None, None, None
        self.cancel(LOOK)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that whoever confirms it reads; the secret is not among them."""
        return {name: getattr(self, name) for name in SETTINGS}

    def _was_changed(self, kind: str, by: UUID | None, session: Session, **facts: Any) -> None:
        if by is None and self.for_tests_only:
            facts["by_link"] = True
        WayInChange.note(self.id, kind, by, session, **facts)

    @property
    def secret(self) -> str | None:
        return vault_of("identity").open(self.sealed_secret).decode() if self.sealed_secret else None

    @property
    def is_confirmed(self) -> bool:
        """Whether the client has confirmed it, or still has time to."""
        return self.confirmed_on is not None or (self.prove_by is not None and self.prove_by >= today())

    @classmethod
    def was_confirmed(cls) -> ColumnElement[bool]:
        """`is_confirmed`, asked of the database."""
        return cls.confirmed_on.is_not(None) | (cls.prove_by >= today())

    @property
    def names_to_prove(self) -> list[str]:
        """Its domains and home organisations, which are called like domains."""
        return sorted({*self.domains, *self.home_organisations})

    @property
    def records(self) -> list[dict[str, str]]:
        """The TXT records that prove its domains, all of them: each domain's owner has to agree."""
        wanted = {domain: wanted_record(domain, self.token) for domain in self.names_to_prove}
        return [
            {"domain": domain, "record": record, "text": text} for domain, (record, text) in wanted.items()
        ]

    def has_to_be_open(self) -> None:
        """Refuses to confirm, or to ask for it, what nobody sees at the sign-in."""
        if self.closed_at is not None:
            raise IsClosed

    def confirm(self, how: str, by: UUID | None, session: Session) -> None:
        """The client says that this way in is theirs; from the next sign-in on, listed people and roles come by it."""
        self.has_to_be_open()
        self.confirmed_on, self.confirmed_how = today(), how
        self.prove_by, self.missing_since, self.for_tests_only = None, None, False
        if how == "dns":
            self._look_again()
        self._was_changed("confirmed", by, session, how=how)

    def was_looked_at(self, is_there: bool, session: Session) -> None:
        """Records that are missing later are warned of, and lock nobody out."""
        if is_there:
            self.missing_since = None
        elif self.missing_since is None:
            self.missing_since = today()
            WayInChange.note(self.id, "records_missing", None, session, ends_sessions=False)
        self._look_again()

    def _look_again(self) -> None:
        at = datetime.combine(today() + LOOKED_AT_EVERY, time(6), ZONE)
        self.schedule(LOOK, at.astimezone(UTC))

    @classmethod
    def still_open(cls, begun: "Connection", session: Session) -> "Connection":
        """The way in by which a sign-in was begun, as it is now, locked against changes until the sign-in is done.

        Refuses a sign-in whose way in was closed, or leads elsewhere, while the provider answered.
        """
        ours = select(cls).filter_by(
            id=begun.id,
            issuer=begun.issuer,
            client_id=begun.client_id,
            closed_at=None,
            for_tests_only=False,
        )
        first = begun.used_on is None  # who writes the day
        found = session.scalars(ours.with_for_update(read=not first, key_share=first)).one_or_none()
        return found or _no_way_in()

    def with_the_same_subjects(self) -> Select[UUID]:
        """Asks for the ways in to which a subject of this issuer means the same person: of one kind, and known by one attribute."""
        by = Connection.claims[KEY].astext.is_not_distinct_from(self.claims.get(KEY))
        return select(Connection.id).where(Connection.kind == self.kind, by)

    @property
    def wants_name(self) -> bool:
        """Whether people are known by the persistent NameID of SAML, and not by attributes."""
        return not (self.home_organisations or self.claims.get(KEY))

    @property
    def returns_to(self) -> UUID | None:
        """Returns whose return address its people come back to: its own, so that no other provider's answer arrives there
        (RFC 9700, 4.4.2.2); none for those from before, which share one."""
        return self.id if self.has_own_return_address else None

    def return_address(self, at: str) -> str:
        """Returns the address that the provider sends people back to, on the host of this address."""
        path = SAML_RETURN if self.kind == "saml" else RETURN
        return urljoin(at, f"{path}/{self.id}" if self.has_own_return_address else path)

    def is_used(self) -> None:
        """Notes the first day on which somebody signed in by it."""
        self.used_on = self.used_on or today()

    def close(self, by: UUID | None, keeper_id: UUID | None, session: Session) -> None:
        """Closes the connection: nobody gets in by it any more. `keeper_id` is who may reopen it where nobody of the client could."""
        if self.closed_at is None:
            self.closed_at, self.keeper_id = session.scalar(select(func.now())), keeper_id
            self._was_changed("closed", by, session)

    def reopen(self, by: UUID | None, session: Session) -> None:
        if self.closed_at is not None:
            self.closed_at, self.keeper_id = None, None
            self._was_changed("reopened", by, session)

    def was_tested(self, session: Session) -> None:
        self.tested_at = session.scalar(select(func.now()))

    def claim(self, name: str, claims: dict[str, Any]) -> str | None:
        """Returns the claim of the name that this organisation gave to it, where it is a text."""
        return text_in(self._claimed(name, claims))

    def _claimed(self, name: str, claims: dict[str, Any]) -> Any:
        return claims.get(self.claims.get(name) or USUAL_CLAIMS[name])

    @classmethod
    def of_domain(cls, domain: str, session: Session) -> list["Connection"]:
        """Returns the open ways in of which this is a proven domain, by name."""
        return [way for way in cls.open_ones(session) if way.is_confirmed and domain in way.domains]

    def vouches_for_address(self, claims: dict[str, Any]) -> bool:
        """Whether the e-mail address is of a domain that this provider answers for: then an account may be made."""
        email = self.claim("email", claims) or ""
        is_ours = email.rpartition("@")[2].lower() in self.domains
        return is_ours and not is_denied(claims.get("email_verified"))

    def vouches_for_person(self, claims: dict[str, Any]) -> bool:
        """Whether an account may be made: for an address of its domains, or for who is at home at one of its organisations. Which
        one that is, `sign_in/saml/people.py` has read; no other way in has home organisations."""
        return claims.get("home_organisation") in self.home_organisations or self.vouches_for_address(claims)

    def roles_in(self, claims: dict[str, Any], allowed: frozenset[str]) -> list[str]:
        """The roles that the provider vouches for: those that the administrator's table names, and no others."""
        names = names_in(self._claimed("roles", claims))
        return sorted({role for name, role in self.role_names.items() if name in names} & allowed)


def _not_here() -> Connection:
    raise NotFound


def _no_way_in() -> Connection:
    raise NoLongerOpen


def named_by(kind: str, issuer: str) -> str:
    """Returns the issuer as it is kept: that of an OpenID provider is an address that we call, that of a SAML provider only a name."""
    return issuer if kind == "saml" else safe_issuer(issuer)


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
