"""The operations of identity about ways in: set up, confirmed, tested, closed, and the log of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity import Admits, Long, LongSecret, Short
from shared.contracts.api.identity_tenants import DECIDING, ClientId, Name
from shared.web.operations import USUAL_PAGE, PageSize, Service, operation


class ConnectionWished(Struct, frozen=True, kw_only=True):
    """A way in as somebody sets it up; an empty secret keeps the one that there is."""

    name: Name
    issuer: Long
    client_id: ClientId
    secret: LongSecret = ""
    domains: list[Short] = []
    claims: dict[Short, Short] = {}
    role_names: dict[Short, Short] = {}
    admits: Admits = "domains"
    factors: list[Short] = []


class ConnectionChanged(ConnectionWished, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class IssuerAsked(Struct, frozen=True, kw_only=True):
    issuer: Long


class Record(Struct, frozen=True, kw_only=True):
    """The DNS record that proves a domain."""

    domain: str
    record: str
    text: str


class Connection(Struct, frozen=True, kw_only=True):
    """A way in, without its secret."""

    id: UUID
    kind: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    domains: list[str]
    home_organisations: list[str]
    claims: dict[str, str]
    role_names: dict[str, str]
    admits: Admits
    factors: list[str]
    returns_to: UUID | None
    used_on: date | None
    is_confirmed: bool
    confirmed_on: date | None
    confirmed_how: str | None
    prove_by: date | None
    missing_since: date | None
    for_tests_only: bool
    records: list[Record]
    tested_at: datetime | None
    closed_at: datetime | None


class WayInChange(Struct, frozen=True, kw_only=True):
    """One line of the log. `facts` are settings before and after, `operators` the two who mended a lockout."""

    id: UUID
    connection_id: UUID
    kind: str
    by_id: UUID | None
    facts: dict[str, Any]
    operators: list[str]
    because: str
    at: datetime


class SetupLinkShown(Struct, frozen=True, kw_only=True):
    """The link for the client's IT person: until when it is good, and whether anybody has opened it."""

    expires_at: datetime
    opened_at: datetime | None
    is_good: bool


class SetupLinkMade(Struct, frozen=True, kw_only=True):
    """A fresh link; its secret is told once and kept nowhere."""

    id: UUID
    secret: str
    expires_at: datetime


class AboutWaysIn(Struct, frozen=True, kw_only=True):
    """Whether the caller may change the ways in, who confirms them, the link for IT, and a page of the log, the latest first."""

    may_change: bool
    first_administrator: str
    setup_link: SetupLinkShown | None
    changes: list[WayInChange]
    next: str | None


class LinkSent(Struct, frozen=True, kw_only=True):
    """The name of the person to whom a link went."""

    sent_to: str


class ProviderSeen(Struct, frozen=True, kw_only=True):
    """The provider's own description, and how many keys it signs with."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    keys: int


class WaysIn(Service, name="identity"):
    """Asked by an organisation's administrators, and by those who lead its path."""

    @operation("GET", "/ways-in", *DECIDING)
    def ways_in(self, after: str | None = None, limit: PageSize = USUAL_PAGE) -> AboutWaysIn:
        """Whether I may change the ways in, who confirms mine, and the log of their changes, the latest first."""

    @operation("GET", "/connections", *DECIDING)
    def connections(self) -> list[Connection]:
        """The ways in."""

    @operation("POST", "/connections", *DECIDING, status=201)
    def connect(self, wished: ConnectionWished) -> Connection:
        """Set up another way in; the first administrator gets a link to confirm it."""

    @operation("PUT", "/connections/<uuid:connection_id>", *DECIDING)
    def change_connection(self, connection_id: UUID, changed: ConnectionChanged) -> Connection:
        """Change a way in; an empty secret keeps the old one."""

    @operation("DELETE", "/connections/<uuid:connection_id>", *DECIDING)
    def close_connection(self, connection_id: UUID, still_gets_in: Short = "") -> Connection:
        """Close a way in; its people stay known. The last one is closed by naming who of the consultancy can still get in."""

    @operation("POST", "/connections/<uuid:connection_id>/reopening", *DECIDING)
    def reopen_connection(self, connection_id: UUID) -> Connection:
        """Open a closed way in again."""

    @operation("POST", "/connections/<uuid:connection_id>/test", *DECIDING)
    def test_connection(self, connection_id: UUID) -> ProviderSeen:
        """Look whether the provider answers and has keys."""

    @operation("POST", "/connections/<uuid:connection_id>/proof", *DECIDING)
    def prove_connection(self, connection_id: UUID) -> Connection:
        """Look for the DNS records of its domains; once all are there, it is confirmed."""

    @operation("POST", "/connections/<uuid:connection_id>/link", *DECIDING, status=201)
    def send_link(self, connection_id: UUID) -> LinkSent:
        """Send the first administrator a fresh link; an earlier one is good for nothing then."""

    @operation("POST", "/setup-links", *DECIDING, status=201)
    def make_setup_link(self) -> SetupLinkMade:
        """Make a link by which the organisation's IT person sets a way in up; an earlier one is good for nothing then."""

    @operation("POST", "/providers", *DECIDING)
    def look_at_provider(self, asked: IssuerAsked) -> ProviderSeen:
        """Look at a provider before setting it up."""
