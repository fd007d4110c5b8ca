"""How a way in by SAML is set up: from metadata, which are read before anything is written."""

from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from msgspec.structs import asdict

from services.identity.models import Connection, SamlProvider
from services.identity.sign_in.api.ways_in import ask_for_confirmation, is_of_kind, shown
from services.identity.sign_in.models.connection import KEY, SAML_RETURN
from services.identity.sign_in.models.saml_provider import AnotherProvider
from services.identity.sign_in.own_hosts import only_to_ourselves
from services.identity.sign_in.provider import ProviderAway
from services.identity.sign_in.saml.described import Described
from services.identity.sign_in.saml.fetching import described_at
from services.identity.sign_in.saml.metadata import NotMetadata, described_in
from services.identity.sign_in.saml.people import can_be_key
from services.identity.tenants.handover import ours_to_change
from shared.contracts.api import identity_saml as shapes
from shared.contracts.api import identity_ways_in
from shared.contracts.api.identity_saml import SamlWaysIn
from shared.database import find
from shared.problems import RuleBroken
from shared.web.acts import session
from shared.web.arguments import Blueprint
from shared.web.edit_conflicts import ChangedMeanwhile, merged_struct
from shared.web.limits import limited
from shared.web.serving import serves

saml_ways_in = Blueprint("saml_ways_in", __name__, description="Ways in by SAML")
OF_THE_CONNECTION = ("name", "domains", "home_organisations", "claims", "role_names", "admits")


class NoMetadataThere(RuleBroken):
    """No metadata could be read at this address. Check it, or choose the file of metadata instead."""

    status = 422
    field = "metadata_url"


@serves(saml_ways_in, SamlWaysIn.connect_saml)
@limited(person=30)
def connect_saml(wished: shapes.SamlWished) -> identity_ways_in.Connection:
    by = ours_to_change()
    only_to_ourselves(wished.at)
    can_be_key(wished.claims.get(KEY, ""))
    session().commit()  # no transaction is open while metadata are fetched
    described = described_by(wished)
    connection = Connection.set_up(
        session(),
        by=by,
        kind="saml",
        issuer=described.entity_id,
        client_id=wished.client_id.strip(),
        **own(wished),
    )
    connection.client_id = connection.client_id or our_entity_id(wished.at, connection)
    session().flush()
    SamlProvider.set_up(connection, described, *source_of(wished), session())
    ask_for_confirmation(connection, by)
    return shown(connection)


def described_by(wished: shapes.SamlWished) -> Described:
    if wished.metadata.strip():
        return described_in(wished.metadata.encode(), wished.entity_id, wished.signed_by)
    if not wished.metadata_url.strip():
        raise NotMetadata
    try:
        return described_at(wished.metadata_url.strip(), wished.entity_id, wished.signed_by)
    except ProviderAway as away:
        raise NoMetadataThere from away


def source_of(wished: shapes.SamlWished) -> tuple[str, str]:
    """Where metadata are read anew, and whose signature on them counts; a file goes before an address."""
    return "" if wished.metadata.strip() else wished.metadata_url.strip(), wished.signed_by.strip()


def is_from_elsewhere(changed: shapes.SamlWished, stands: dict[str, Any]) -> bool:
    """Whether other metadata are wanted. The address that stands there is not asked again, so a name is changed while it is away."""
    if changed.metadata.strip():
        return True
    wanted = {"metadata_url": changed.metadata_url.strip(), "signed_by": changed.signed_by.strip()}
    wanted["entity_id"] = changed.entity_id.strip() or stands["entity_id"]
    return bool(wanted["metadata_url"]) and any(stands[name] != value for name, value in wanted.items())


def own(wished: shapes.SamlWished) -> dict[str, Any]:
    """The fields that every way in has."""
    return {name: value for name, value in asdict(wished).items() if name in OF_THE_CONNECTION}


def our_entity_id(at: str, connection: Connection) -> str:
    """The address of our own metadata, at which they are served."""
    return urljoin(at, f"{SAML_RETURN}/{connection.id}/metadata")


@serves(saml_ways_in, SamlWaysIn.change_saml)
@limited(person=30)
def change_saml(connection_id: UUID, changed: shapes.SamlChanged) -> identity_ways_in.Connection:
    by = ours_to_change()
    can_be_key(changed.claims.get(KEY, ""))
    stood = what_stands(find(session(), Connection, connection_id))
    wanted = shapes.SamlWished(**merged_struct(changed, stood))
    session().commit()  # no transaction is open while metadata are fetched
    described = described_by(wanted) if is_from_elsewhere(wanted, stood) else None
    connection = Connection.locked(connection_id, session())
    if what_stands(connection) != stood:
        raise ChangedMeanwhile(what_stands(connection))
    change_to(wanted, connection, described, by)
    ask_for_confirmation(connection, by)
    return shown(connection)


def what_stands(connection: Connection) -> dict[str, Any]:
    """A way in by SAML as its form shows it."""
    is_of_kind("saml", connection)
    provider = SamlProvider.of(connection.id, session())
    more = {"metadata_url": provider.metadata_url, "signed_by": provider.signed_by}
    return connection.settings | more | {"entity_id": connection.issuer}


def change_to(
    wanted: shapes.SamlWished, connection: Connection, described: Described | None, by: UUID
) -> None:
    """Changes the way in, and its provider where metadata were read; refuses those of another provider once people have signed in."""
    if described and described.entity_id != connection.issuer and connection.used_on:
        raise AnotherProvider
    connection.change(
        session=session(),
        by=by,
        issuer=described.entity_id if described else connection.issuer,
        client_id=wanted.client_id.strip() or connection.client_id,
        **own(wanted),
    )
    if described:
        provider = SamlProvider.of(connection.id, session())
        provider.replace(connection, described, *source_of(wanted), by, session())


@serves(saml_ways_in, SamlWaysIn.saml_provider)
def saml_provider(connection_id: UUID) -> shapes.SamlProvider:
    connection = find(session(), Connection, connection_id)
    is_of_kind("saml", connection)
    provider = SamlProvider.of(connection.id, session())
    return shapes.SamlProvider(
        entity_id=connection.issuer,
        address=provider.address,
        fingerprints=provider.fingerprints,
        ends_on=provider.ends_on,
        metadata_url=provider.metadata_url,
        signed_by=provider.signed_by,
        read_on=provider.read_on,
    )
