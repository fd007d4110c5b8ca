"""Verifies XML signatures by signxml, and hands out what was signed and nothing beside it (docs/decisions/0091).

Every signature in a document has to be a good one of the element around it: so there is nothing to be wrapped.
"""

from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier
from signxml.exceptions import SignXMLException

from services.identity.sign_in.saml.xml import Element, NotSuchXml, found, only

METHODS = frozenset(
    SignatureMethod[name]
    for name in (
        "RSA_SHA256",
        "RSA_SHA384",
        "RSA_SHA512",
        "ECDSA_SHA256",
        "ECDSA_SHA384",
        "ECDSA_SHA512",
    )
)
DIGESTS = frozenset(DigestAlgorithm[name] for name in ("SHA256", "SHA384", "SHA512"))
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
NOT_A_SIGNATURE = (
    SignXMLException,
    UnsupportedAlgorithm,
    etree.LxmlError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
)


class NotSigned(ValueError):
    """Raised where nothing is signed, or not by whom it should be, or not as it should be."""


def is_signed(element: Element) -> bool:
    return bool(found(element, "./ds:Signature"))


def as_signed(element: Element, certificates: Sequence[Certificate]) -> Element:
    """The element, as one of these certificates signed it; raises NotSigned."""
    try:
        has_one_plain_reference(element)
    except NotSuchXml as error:
        raise NotSigned from error
    for certificate in certificates:
        signed = verified(element, certificate)
        if signed is not None:
            return signed
    raise NotSigned


def has_one_plain_reference(element: Element) -> None:
    """Raises NotSuchXml where a signature speaks of anything but the whole element around it (saml-core-2.0-os, 5.4)."""
    reference = only(element, "./ds:Signature/ds:SignedInfo/ds:Reference")
    id = element.get("ID")
    if not id or reference.get("URI") != f"#{id}":
        raise NotSuchXml
    transforms = [one.get("Algorithm") for one in found(reference, "./ds:Transforms/ds:Transform")]
    if transforms != [ENVELOPED, EXCLUSIVE]:
        raise NotSuchXml


def verified(element: Element, certificate: Certificate) -> Element | None:
    root = element.getroottree().getroot()
    where = "./" if element is root else f"./{element.tag}/"
    verifier: Any = XMLVerifier()
    expected = SignatureConfiguration(location=where, signature_methods=METHODS, digest_algorithms=DIGESTS)
    try:
        how = {"x509_cert": certificate, "id_attribute": "ID", "expect_config": expected}
        signed = verifier.verify(root, **how).signed_xml
    except NOT_A_SIGNATURE:
        return None
    is_this_one = signed is not None and (signed.tag, signed.get("ID")) == (element.tag, element.get("ID"))
    return signed if is_this_one else None
