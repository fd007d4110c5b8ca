"""Asks identity: whose host this is, who is there, and the people of an organisation."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from services.portal.areas.sign_in.known_browser import counted_by
from services.portal.clients.base import in_our_own_name
from services.portal.clients.typed import client
from shared.contracts.api.identity import Identity, IdsAsked
from shared.contracts.api.identity_audit import AuditLog
from shared.contracts.api.identity_discovery import Discovery
from shared.contracts.api.identity_imports import PeopleImports
from shared.contracts.api.identity_invitations import Invitations
from shared.contracts.api.identity_oneself import Oneself
from shared.contracts.api.identity_people import People
from shared.contracts.api.identity_places import PlacesCare
from shared.contracts.api.identity_provisioning import Provisioning
from shared.contracts.api.identity_pseudonyms import Pseudonyms
from shared.contracts.api.identity_saml import Saml, SamlWaysIn
from shared.contracts.api.identity_sessions import OwnSessions
from shared.contracts.api.identity_setting_up import SettingUp
from shared.contracts.api.identity_sign_outs import SignOuts
from shared.contracts.api.identity_tenants import Tenants
from shared.contracts.api.identity_ways_in import WaysIn
from shared.web.operations import Operation
from shared.web.tokens import Caller

NOBODY = UUID(int=0)


class AsPortal:
    """The portal itself, for an organisation, before anybody is known."""

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant

    def who(self, operation: Operation, arguments: Mapping[str, Any]) -> Caller | str:
        return in_our_own_name(operation.service, self.tenant)

    def address(self) -> str:
        return counted_by()

    def once(self, call: str) -> dict[str, str]:
        return {}

    def noting(self, verb: str) -> AbstractContextManager[None]:
        return nullcontext()


def sign_in_client(tenant: UUID) -> Identity:
    """Asks in the portal's own name, for this organisation."""
    return client(Identity, AsPortal(tenant))


def sign_outs(tenant: UUID) -> SignOuts:
    """Asks in the portal's own name, for this organisation."""
    return client(SignOuts, AsPortal(tenant))


def discovery_client(tenant: UUID) -> Discovery:
    """Asks in the portal's own name, for this organisation."""
    return client(Discovery, AsPortal(tenant))


def own_sessions_client(tenant: UUID) -> OwnSessions:
    """As above, for whoever holds a session."""
    return client(OwnSessions, AsPortal(tenant))


def saml_client(tenant: UUID) -> Saml:
    """Asks in the portal's own name, about sign-ins by SAML."""
    return client(Saml, AsPortal(tenant))


def setting_up_client(tenant: UUID) -> SettingUp:
    """Asks in the portal's own name, for whoever holds a link of this organisation."""
    return client(SettingUp, AsPortal(tenant))


people = client(People)
"""The people of an organisation, its units and sites."""
imports = client(PeopleImports)
"""Lists of people: read, looked at, taken in and undone."""
myself = client(Oneself)
"""What a signed-in person asks about oneself."""
pseudonyms = client(Pseudonyms)
"""The keys behind pseudonyms."""
invitations = client(Invitations)
"""Who came by a list is invited."""
places = client(PlacesCare)
"""Names of units and sites."""
tenants = client(Tenants)
"""Organisations: clients, names and hosts, and the consultancy's access."""
saml_ways_in = client(SamlWaysIn)
"""The ways to sign in by SAML."""
ways_in = client(WaysIn)
"""The ways to sign in, for administrators and those who lead."""
provisioning = client(Provisioning)
"""How directories announce people, for the same."""

audit_log = client(AuditLog)
"""What was done, for an organisation's own administrators."""


def names_of(ids: Iterable[UUID | str]) -> dict[str, str]:
    """The names of members by their ids; those who were forgotten have none."""
    wanted = sorted({UUID(str(id)) for id in ids})
    found = people.names(IdsAsked(ids=wanted)).names if wanted else {}
    return {str(id): name for id, name in found.items()}
