"""The operations of identity about ways in by SAML: what the portal asks at the door, and how they are set up."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from marshmallow.validate import Length
from msgspec import Meta, Struct

from shared.contracts.api.identity import Browser, Device, Long, SessionOpened, Short, ShortSecret
from shared.contracts.api.identity_tenants import DECIDING, Name
from shared.contracts.api.identity_ways_in import Admits, Connection
from shared.web.fields import Secret, WebAddress
from shared.web.operations import File, Read, Service, operation

LONGEST_ANSWER, LONGEST_METADATA, LONGEST_CERTIFICATE = 400_000, 1024 * 1024, 10_000
Origin = Annotated[str, Read(WebAddress)]


class SamlAnswer(Struct, frozen=True, kw_only=True):
    """A provider's answer, as the browser posts it: `state` is the relay state, `connection_id` whose own return address it came to."""

    state: ShortSecret
    response: Annotated[str, Read(Secret, Length(max=LONGEST_ANSWER))]
    connection_id: UUID
    browser: Browser = "other"
    device: Device = "computer"


class SamlWished(Struct, frozen=True, kw_only=True):
    """A way in by SAML. Its metadata are read from an address, or sent; in an edit, neither keeps what there is. `entity_id` names
    the provider in a federation's metadata, `signed_by` is the certificate (PEM) by which those have to be signed. `client_id`: our own
    entity id, as the provider knows us; where it is empty, the address of our metadata, below `at`."""

    name: Name
    at: Origin
    client_id: Long = ""
    entity_id: Long = ""
    metadata_url: Long = ""
    metadata: Annotated[str, Meta(max_length=LONGEST_METADATA)] = ""
    signed_by: Annotated[str, Meta(max_length=LONGEST_CERTIFICATE)] = ""
    domains: list[Short] = []
    home_organisations: list[Short] = []
    claims: dict[Short, Short] = {}
    role_names: dict[Short, Short] = {}
    admits: Admits = "domains"


class SamlChanged(SamlWished, frozen=True, kw_only=True):
    """`was`: what the page of the edit showed (shared/web/edit_conflicts.py)."""

    was: dict[str, Any] | None = None


class SamlProvider(Struct, frozen=True, kw_only=True):
    """A provider as its metadata describe it; certificates by their SHA-256. `ends_on`: when the last of them ends."""

    entity_id: str
    address: str
    fingerprints: list[str]
    ends_on: date | None
    metadata_url: str
    signed_by: str
    read_on: date


class Saml(Service, name="identity"):
    """Asked by the portal in its own name, before anybody is known."""

    @operation("POST", "/sign-ins/saml", "service", status=201, tells_address=True)
    def finish_saml(self, answer: SamlAnswer) -> SessionOpened:
        """Finish a sign-in by SAML: verify what was posted, know the person, open a session."""

    @operation("GET", "/saml/<uuid:connection_id>/metadata", "service", file="application/samlmetadata+xml")
    def our_metadata(self, connection_id: UUID, at: Origin) -> File:
        """Our own metadata for a way in, with the addresses of all hosts of the organisation; `at` is one of them."""


class SamlWaysIn(Service, name="identity"):
    """Asked by an organisation's administrators, and by those who lead its path."""

    @operation("POST", "/saml-connections", *DECIDING, status=201)
    def connect_saml(self, wished: SamlWished) -> Connection:
        """Set up a way in by SAML; the first administrator gets a link to confirm it."""

    @operation("PUT", "/saml-connections/<uuid:connection_id>", *DECIDING)
    def change_saml(self, connection_id: UUID, changed: SamlChanged) -> Connection:
        """Change a way in by SAML. Other metadata have to be confirmed; those of another provider only come before anybody has signed in."""

    @operation("GET", "/saml-connections/<uuid:connection_id>", *DECIDING)
    def saml_provider(self, connection_id: UUID) -> SamlProvider:
        """The provider behind a way in, as its metadata describe it."""
