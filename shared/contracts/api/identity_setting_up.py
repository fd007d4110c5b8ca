"""The operations of identity for a client's IT person, who has no account: by a link a way in is looked at and set up."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shared.contracts.api.identity import Long, LongSecret, Short, ShortSecret
from shared.contracts.api.identity_tenants import ClientId, Name
from shared.contracts.api.identity_ways_in import Connection, ProviderSeen
from shared.web.operations import Service, operation


class LinkOpened(Struct, frozen=True, kw_only=True):
    secret: ShortSecret


class LinkHeld(Struct, frozen=True, kw_only=True):
    """The secret of the browser that has opened the link."""

    holder: ShortSecret


class SecretTyped(LinkHeld, frozen=True, kw_only=True):
    secret: LongSecret


class IssuerTyped(LinkHeld, frozen=True, kw_only=True):
    issuer: Long


class WayInTyped(LinkHeld, frozen=True, kw_only=True):
    """A way in as the IT person types it; its secret was kept before, or is the one that there is."""

    name: Name
    issuer: Long
    client_id: ClientId
    domains: list[Short] = []


class SettingUpShown(Struct, frozen=True, kw_only=True):
    """How far it is: the way in, once there is one, and whether a typed secret waits for it."""

    expires_at: datetime
    way_id: UUID
    way: Connection | None
    has_typed_secret: bool
    domains: list[str]


class SettingUp(Service, name="identity"):
    """Asked by the portal in its own name, for whoever holds a link."""

    @operation("POST", "/setup-links/<uuid:link_id>/opening", "service", status=201, tells_address=True)
    def open_link(self, link_id: UUID, opened: LinkOpened) -> LinkHeld:
        """Open a link, once: from now on the browser's own secret counts."""

    @operation("POST", "/setup-links/<uuid:link_id>/current", "service", only_asks=True)
    def standing(self, link_id: UUID, held: LinkHeld) -> SettingUpShown:
        """How far the way in is."""

    @operation("PUT", "/setup-links/<uuid:link_id>/secret", "service")
    def keep_secret(self, link_id: UUID, typed: SecretTyped) -> None:
        """Keep a typed client secret, sealed, whatever becomes of the rest."""

    @operation("POST", "/setup-links/<uuid:link_id>/provider", "service", tells_address=True)
    def look_at_typed_provider(self, link_id: UUID, typed: IssuerTyped) -> ProviderSeen:
        """Look whether a provider answers and has keys."""

    @operation("PUT", "/setup-links/<uuid:link_id>/way-in", "service")
    def set_up(self, link_id: UUID, typed: WayInTyped) -> Connection:
        """Make the way in or change it. It lets nobody in before the organisation has confirmed it."""
