"""A small SAML provider of our own: it signs with a made key, and says whatever a test wants it to say."""

import base64
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import CanonicalizationMethod, SignatureConstructionMethod, XMLSigner

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
NAMES = (
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
)
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
DENIED = "urn:oasis:names:tc:SAML:2.0:status:Responder"


@dataclass(frozen=True)
class Key:
    """A key and its certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


@cache
def made_key(name: str = "theirs", days: int = 365, bits: int = 2048) -> Key:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=900))
    return Key(key, built.not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256()))


def at(seconds: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Asked:
    """An AuthnRequest, as it came in an address."""

    id: str
    ours: str
    returns_to: str
    state: str
    wants: str | None

    @classmethod
    def in_address(cls, url: str) -> "Asked":
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        root = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15))
        policy = root.find("{*}NameIDPolicy")
        wants = policy.get("Format") if policy is not None else None
        where = root.get("AssertionConsumerServiceURL")
        return cls(root.get("ID"), root.findtext("{*}Issuer"), where, query["RelayState"], wants)


@dataclass
class SamlProvider:
    """An organisation's own sign-in. `says` changes single parts of what it writes; see `response`."""

    entity_id: str = "https://login.avi.example/saml"
    address: str = "https://login.avi.example/saml/sign-in"
    key: Key = field(default_factory=made_key)
    signs: tuple[str, ...] = ("assertion",)

    def metadata(self, *keys: Key, **changed: Any) -> str:
        parts = {"entity_id": self.entity_id, "address": self.address, "use": ' use="signing"'} | changed
        listed = "".join(
            f"<md:KeyDescriptor{parts['use']}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{key.base64}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for key in keys or (self.key,)
        )
        return (
            '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
            f'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{parts["entity_id"]}"><md:IDPSSODescriptor '
            f'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{listed}<md:SingleSignOnService '
            f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{parts["address"]}"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def answer(self, asked: Asked, **says: Any) -> str:
        """As the form brings it back, signed."""
        return posted(self.signed(self.response(asked, **says)))

    def response(self, asked: Asked, **says: Any) -> Any:
        """Not signed yet. Parts: any of those named here, by tests that want another one; None leaves an attribute out."""
        said = {
            "assertion_id": f"_{uuid4().hex}",
            "response_id": f"_{uuid4().hex}",
            "issuer": self.entity_id,
            "destination": asked.returns_to,
            "recipient": asked.returns_to,
            "in_response_to": asked.id,
            "confirmed_for": asked.id,
            "audience": asked.ours,
            "not_before": at(-5),
            "ends": at(300),
            "confirmation_ends": at(300),
            "issued": at(),
            "method": BEARER,
            "name": "kaisa",
            "name_format": PERSISTENT,
            "status": SUCCESS,
            "attributes": {},
        } | says
        return etree.fromstring(self.written(said))

    def written(self, said: dict[str, Any]) -> str:
        response = {"InResponseTo": said["in_response_to"], "Destination": said["destination"]}
        response |= {"IssueInstant": said["issued"]}
        data = {"InResponseTo": said["confirmed_for"], "Recipient": said["recipient"]}
        data |= {"NotOnOrAfter": said["confirmation_ends"]}
        conditions = {"NotBefore": said["not_before"], "NotOnOrAfter": said["ends"]}
        audience = said["audience"] and (
            f"<saml:AudienceRestriction><saml:Audience>{said['audience']}</saml:Audience></saml:AudienceRestriction>"
        )
        name = said["name"] and f'<saml:NameID Format="{said["name_format"]}">{said["name"]}</saml:NameID>'
        attributes = "".join(
            f'<saml:Attribute Name="{one}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for one, values in said["attributes"].items()
        )
        assertion = (
            f'<saml:Assertion ID="{said["assertion_id"]}" Version="2.0" IssueInstant="{said["issued"]}">'
            f"<saml:Issuer>{said['issuer']}</saml:Issuer><saml:Subject>{name or ''}"
            f'<saml:SubjectConfirmation Method="{said["method"]}"><saml:SubjectConfirmationData {spelt(data)}/>'
            f"</saml:SubjectConfirmation></saml:Subject><saml:Conditions {spelt(conditions)}>{audience or ''}"
            f'</saml:Conditions><saml:AuthnStatement AuthnInstant="{at(-2)}"><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>"
            "</saml:AuthnContext></saml:AuthnStatement>"
            f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        )
        return (
            f'<samlp:Response {NAMES} ID="{said["response_id"]}" Version="2.0" {spelt(response)}>'
            f'<saml:Issuer>{said["issuer"]}</saml:Issuer><samlp:Status><samlp:StatusCode Value="{said["status"]}"/>'
            f"</samlp:Status>{assertion if said['status'] == SUCCESS else ''}</samlp:Response>"
        )

    def signed(self, response: Any, **how: Any) -> Any:
        if "assertion" in self.signs and (assertion := response.find("{*}Assertion")) is not None:
            put_in_place(assertion, self.signature_on(assertion, **how))
        return self.signature_on(response, **how) if "response" in self.signs else response

    def signature_on(self, element: Any, key: Key | None = None, **how: Any) -> Any:
        usual = {"signature_algorithm": "rsa-sha256", "digest_algorithm": "sha256"}
        usual |= {"c14n_algorithm": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0}
        signer = LaxSigner(method=SignatureConstructionMethod.enveloped, **usual | how)
        key = key or self.key
        return signer.sign(element, key=key.key, cert=[key.certificate], reference_uri=element.get("ID"))


class LaxSigner(XMLSigner):
    """Also signs as nobody should any more."""

    def check_deprecated_methods(self) -> None:
        """Says nothing."""


def put_in_place(element: Any, signed: Any) -> None:
    element.getparent().replace(element, signed)


def spelt(attributes: dict[str, str | None]) -> str:
    return " ".join(f'{name}="{value}"' for name, value in attributes.items() if value is not None)


def posted(response: Any) -> str:
    text = response if isinstance(response, bytes) else etree.tostring(response)
    return base64.b64encode(text).decode()
