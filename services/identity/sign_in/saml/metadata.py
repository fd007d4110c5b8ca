"""Reads a provider's metadata: where to sign in, and by which certificates it signs (saml-metadata-2.0-os)."""

from datetime import UTC, datetime

from msgspec.structs import replace

from services.identity.sign_in.provider import allowance_of
from services.identity.sign_in.saml.certificates import NotACertificate, certificate_in
from services.identity.sign_in.saml.described import Described
from services.identity.sign_in.saml.moments import moment
from services.identity.sign_in.saml.signatures import NotSigned, as_signed
from services.identity.sign_in.saml.xml import (
    METADATA,
    PROTOCOL,
    REDIRECT,
    Element,
    NotSuchXml,
    found,
    read,
    tag,
    text_of,
)
from shared.problems import RuleBroken
from shared.web.outbound import Destination

MOST_CERTIFICATES = 6
LONGEST_ENTITY_ID = 1024  # saml-core-2.0-os, 8.3.6


class NotMetadata(RuleBroken):
    """These are not metadata of one SAML identity provider with an address for HTTP-Redirect and a certificate that signs. Fetch them anew from your provider; in a federation's metadata, name the provider's entity id."""

    status = 422
    field = "metadata"


class NotTheirMetadata(RuleBroken):
    """The metadata are not signed by the certificate that you gave, or their time is over. Compare the certificate with the one that your federation publishes."""

    status = 422
    field = "signed_by"


def described_in(document: bytes, entity_id: str = "", signed_by: str = "") -> Described:
    """The provider in these metadata, the one with this entity id where one is named. `signed_by`: whose signature on the whole
    document has to be good. Raises NotMetadata, NotTheirMetadata, NotAnEndpoint."""
    try:
        root = read(document, drops_comments=True)
        trusted = signed_document(root, signed_by) if signed_by else root
        until = moment(trusted.get("validUntil"))
        return replace(described(the_provider(trusted, entity_id.strip())), good_until=until)
    except (NotSuchXml, NotACertificate) as error:
        raise NotMetadata from error


def signed_document(root: Element, signed_by: str) -> Element:
    try:
        signed = as_signed(root, [certificate_in(signed_by)])
    except (NotSigned, NotACertificate) as error:
        raise NotTheirMetadata from error
    is_still_good(signed)
    return signed


def is_still_good(signed: Element) -> None:
    """Raises NotTheirMetadata for what has no end, or has ended: an old copy could bring back a certificate that was withdrawn."""
    until = moment(signed.get("validUntil"))
    if until is None or until < datetime.now(UTC):
        raise NotTheirMetadata


def the_provider(root: Element, entity_id: str) -> Element:
    all_of_them = [root, *found(root, ".//md:EntityDescriptor")]
    entities = [one for one in all_of_them if one.tag == tag(METADATA, "EntityDescriptor")]
    those = [one for one in entities if entity_id in ("", one.get("entityID"))]
    if len(those) != 1:
        raise NotSuchXml
    return those[0]


def described(entity: Element) -> Described:
    (role,) = roles(entity)
    services = found(role, "./md:SingleSignOnService")
    addresses = [one.get("Location") for one in services if one.get("Binding") == REDIRECT]
    entity_id = entity.get("entityID") or ""
    if not addresses or not 0 < len(entity_id) <= LONGEST_ENTITY_ID or not entity_id.isprintable():
        raise NotSuchXml
    Destination.at(addresses[0], allowance_of(entity_id))
    return Described(entity_id=entity_id, address=addresses[0], certificates=signing(role))


def roles(entity: Element) -> list[Element]:
    sign_in = found(entity, "./md:IDPSSODescriptor")
    ours = [one for one in sign_in if PROTOCOL in (one.get("protocolSupportEnumeration") or "").split()]
    if len(ours) != 1:
        raise NotSuchXml
    return ours


def signing(role: Element) -> list[str]:
    """Its certificates that sign; while a provider rolls over to another one there are two. One that we cannot use is left out."""
    keys = [key for key in found(role, "./md:KeyDescriptor") if key.get("use") in (None, "signing")]
    texts = ["".join(text_of(one).split()) for key in keys for one in found(key, ".//ds:X509Certificate")]
    usable = [text for text in dict.fromkeys(texts) if can_be_used(text)]
    if not 0 < len(usable) <= MOST_CERTIFICATES:
        raise NotSuchXml
    return usable


def can_be_used(text: str) -> bool:
    try:
        certificate_in(text)
    except NotACertificate:
        return False
    return True
