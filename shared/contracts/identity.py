"""The events of identity: which organisations there are, and who belongs to them."""

from uuid import UUID

from shared.messaging.events import Event, event


@event("identity.tenant")
class TenantOpened(Event, frozen=True, kw_only=True):
    """An organisation was opened; a client is led by a consultancy, the consultancy by nobody."""

    kind: str  # client | consultancy
    slug: str
    languages: list[str]
    consultancy_id: UUID | None = None


@event("identity.tenant")
class TenantSuspended(Event, frozen=True, kw_only=True):
    """Nobody of this organisation gets in until it is opened again."""


@event("identity.tenant")
class TenantReopened(Event, frozen=True, kw_only=True):
    """The people of a suspended organisation get in again."""


@event("identity.tenant")
class TenantErased(Event, frozen=True, kw_only=True):
    """The organisation is to be forgotten: every service erases what is its own and answers. The keys behind its
    pseudonyms are destroyed already."""

    consultancy_id: UUID | None = None


@event("identity.tenant")
class IdentityForgot(Event, frozen=True, kw_only=True):
    """Nothing of the organisation is left with identity: so many rows went."""

    rows: int
    consultancy_id: UUID | None = None


@event("identity.member")
class MemberJoined(Event, frozen=True, kw_only=True):
    """A person belongs to the organisation from now on."""

    member_id: UUID
    roles: list[str]
    unit_id: UUID | None = None
    site_id: UUID | None = None
    language: str = "fi"
    is_invited: bool = True


@event("identity.member")
class MemberChanged(Event, frozen=True, kw_only=True):
    """A person's roles, unit, site or language changed."""

    member_id: UUID
    roles: list[str]
    unit_id: UUID | None = None
    site_id: UUID | None = None
    language: str = "fi"
    is_invited: bool = True


@event("identity.member")
class PeopleInvited(Event, frozen=True, kw_only=True):
    """People who came by a list were invited: from now on they get mails."""

    members: list[UUID]


@event("identity.member")
class MemberLeft(Event, frozen=True, kw_only=True):
    """A person does not belong to the organisation any more."""

    member_id: UUID


@event("identity.tenant")
class UnitsChanged(Event, frozen=True, kw_only=True):
    """The organisation's units or sites changed: how many people belong to each."""

    units: dict[str, int]
    sites: dict[str, int]


@event("identity.access")
class StaffAccessGranted(Event, frozen=True, kw_only=True):
    """A member of the consultancy may work in this client's rooms until the end date."""

    grant_id: UUID
    staff_id: UUID
    roles: list[str]
    ends_on: str
    consultancy_id: UUID | None = None


@event("identity.access")
class StaffAccessEnded(Event, frozen=True, kw_only=True):
    """A member of the consultancy may not work in this client's rooms any more."""

    grant_id: UUID
    staff_id: UUID
    consultancy_id: UUID | None = None


@event("identity.access")
class WayInChanged(Event, frozen=True, kw_only=True):
    """A way to sign in was made, edited, confirmed, closed, reopened, mended, got another secret, or its records are
    missing."""

    change_id: UUID
    connection_id: UUID
    kind: str


@event("identity.access")
class WayInConfirmationAsked(Event, frozen=True, kw_only=True):
    """A link waits with which this administrator can confirm a way to sign in."""

    link_id: UUID
    connection_id: UUID
    member_id: UUID


@event("identity.access")
class HostRecordMissing(Event, frozen=True, kw_only=True):
    """The DNS record that proved one of the organisation's own host names is not there any more; the name goes on leading here."""

    claim_id: UUID


@event("identity.access")
class AuditLogGrew(Event, frozen=True, kw_only=True):
    """The organisation's audit log has so many entries by now; the seal of the last one stands for all of them."""

    entries: int
    seal: str


@event("identity.attendance", coarse=True)
class AttendanceKnown(Event, frozen=True, kw_only=True):
    """Told no more (docs/decisions/0075), and emptied where it was: the members who had taken part."""

    run_id: UUID
    activity: str
    members: list[UUID]


@event("identity.attendance", coarse=True)
class TurnoutKnown(Event, frozen=True, kw_only=True):
    """How many have taken part in an activity, of how many invited."""

    run_id: UUID
    activity: str
    took_part: int
    invited: int


@event("identity.vault")
class KeyDestroyed(Event, frozen=True, kw_only=True):
    """The key behind the pseudonyms of a run and purpose is gone: nobody can tie them to people any more."""

    run_id: UUID
    purpose: str
