"""The operations of identity about organisations: clients, names and hosts, and the consultancy's access to a client's rooms."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from marshmallow.validate import Length
from msgspec import Struct

from shared.contracts.api.identity import Long, LongSecret, OrganisationShown, Short
from shared.web.fields import Filled, Line
from shared.web.operations import Read, Service, operation
from shared.web.roles import CLIENT_SIDE, STAFF

DECIDING = ("admin", "lead")
ShortLine = Annotated[str, Read(Line, Length(max=200))]
Name = Annotated[str, Read(Line, Filled(200))]
ClientId = Annotated[str, Read(None, Filled(200))]
"""As an organisation's provider knows us."""


# what is sent


class NewClient(Struct, frozen=True, kw_only=True):
    """A client with its way in, its first administrator, and the lead's own access. Without issuer and client id its own IT sets the way in up."""

    slug: Short
    name: Name
    languages: list[Short]
    colour: Short | None = None
    issuer: Long = ""
    client_id: Annotated[str, Read(None, Length(max=200))] = ""
    secret: LongSecret = ""
    domains: list[Short] = []
    role_names: dict[Short, Short] = {}
    admin_name: ShortLine = ""
    admin_email: ShortLine = ""
    reason: Long
    ends_on: date


class Description(Struct, frozen=True, kw_only=True):
    """The name, languages and colour of an organisation, and where answers to its mails go. `was`: what the page of the edit showed
    (shared/web/edit_conflicts.py)."""

    name: Name | None = None
    languages: list[Short] | None = None
    colour: Short | None = None
    reply_to: Annotated[str, Read(Line, Length(max=300))] | None = None
    was: dict[str, Any] | None = None


class SessionLimits(Struct, frozen=True, kw_only=True):
    """After how many minutes without a click a session at the desk ends, and after how many hours in any case."""

    idle_minutes: int
    session_hours: int


class SecondFactorWished(Struct, frozen=True, kw_only=True):
    """After how many days the second factor is asked for; none: it is asked for no longer."""

    days: int | None


class HostWished(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Read(Line, Filled(253))]


class AccessWished(Struct, frozen=True, kw_only=True):
    """A colleague who is to come in; the client reads the reason."""

    staff_id: UUID
    roles: list[Short]
    reason: Long
    ends_on: date


# what is answered


class Client(Struct, frozen=True, kw_only=True):
    """A client on the consultancy's list, with the roles in which the caller may enter and until when."""

    id: UUID
    slug: str
    name: str
    colour: str
    opened_at: datetime
    roles: list[str]
    ends_on: date | None


class OwnOrganisation(OrganisationShown, frozen=True, kw_only=True):
    """As its own people see it."""

    reply_to: str | None
    idle_minutes: int
    session_hours: int
    second_factor_from: date | None


class HostClaim(Struct, frozen=True, kw_only=True):
    """A host name of an organisation's own, and the DNS record that proves it."""

    name: str
    record: str
    text: str
    leads_here: bool
    proven_on: date | None
    missing_since: date | None
    prove_by: date | None


class HostNames(Struct, frozen=True, kw_only=True):
    """The host names that lead here beside the short one, and those that are claimed."""

    hosts: list[str]
    claims: list[HostClaim]


class StaffAccess(Struct, frozen=True, kw_only=True):
    """A grant by which one of the consultancy's people enters a client's rooms."""

    id: UUID
    staff_id: UUID
    staff_name: str
    roles: list[str]
    reason: str
    ends_on: date
    granted_by: str
    granted_at: datetime
    last_used_on: date | None
    ended_at: datetime | None
    ended_by: str | None
    is_valid: bool


class Colleague(Struct, frozen=True, kw_only=True):
    """One of the consultancy's people."""

    id: UUID
    name: str
    roles: list[str]


class Tenants(Service, name="identity"):
    """Asked by those who lead, and by an organisation's own people."""

    # clients of the consultancy

    @operation("GET", "/clients", *STAFF)
    def clients(self) -> list[Client]:
        """The clients that I may enter; those who lead see all clients, the others without roles."""

    @operation("POST", "/clients", "lead", status=201)
    def open_client(self, new: NewClient) -> Client:
        """Open a new client: it has its host name, its sign-in and its first administrator at once."""

    # the organisation and its host names

    @operation("GET", "/organisation", "participant", *CLIENT_SIDE, *STAFF)
    def organisation(self) -> OwnOrganisation:
        """The organisation."""

    @operation("PATCH", "/organisation", *DECIDING)
    def describe(self, description: Description) -> OwnOrganisation:
        """Change its name, its languages, its colour, and where answers to mails go."""

    @operation("PUT", "/session-limits", *DECIDING)
    def limit_sessions(self, limits: SessionLimits) -> OwnOrganisation:
        """Set how long sessions at the desk last; only the organisation's own people may."""

    @operation("PUT", "/second-factor", *DECIDING)
    def ask_second_factor(self, wished: SecondFactorWished) -> OwnOrganisation:
        """Ask for a second factor at the desk, or no longer; only the organisation's own people may."""

    @operation("GET", "/hosts-of-our-own", *DECIDING)
    def hosts(self) -> HostNames:
        """The host names beside the short one that lead here, and those that we have claimed."""

    @operation("POST", "/hosts-of-our-own", *DECIDING, status=201)
    def claim_host(self, wished: HostWished) -> HostClaim:
        """Claim a host name of our own: the answer says which DNS record proves it."""

    @operation("DELETE", "/hosts-of-our-own/<name>", *DECIDING)
    def give_up_host(self, name: str) -> None:
        """Give a host name up."""

    @operation("POST", "/hosts-of-our-own/<name>/proof", *DECIDING)
    def prove_host(self, name: str) -> HostClaim:
        """Look for its DNS record; once it is there, the name leads here."""

    # who of the consultancy has access

    @operation("GET", "/staff-access", *CLIENT_SIDE, *STAFF)
    def access(self) -> list[StaffAccess]:
        """Every grant there is and was, the newest first."""

    @operation("POST", "/staff-access", "lead", status=201)
    def grant(self, wished: AccessWished) -> StaffAccess:
        """Let a colleague of the consultancy in; the client sees who, why and until when."""

    @operation("POST", "/staff-access/<uuid:grant_id>/end", *CLIENT_SIDE, "lead")
    def end_access(self, grant_id: UUID) -> StaffAccess:
        """End somebody's access at once."""

    @operation("GET", "/staff", *STAFF)
    def staff(self) -> list[Colleague]:
        """The people of the consultancy that the caller comes from."""
