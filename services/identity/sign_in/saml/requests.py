"""Asks a provider to sign somebody in: by an address for the browser (saml-bindings-2.0-os, 3.4)."""

import base64
import zlib
from datetime import UTC, datetime
from urllib.parse import urlencode

from lxml import etree
from lxml.builder import ElementMaker

from services.identity.sign_in.saml.moments import written
from services.identity.sign_in.saml.xml import ASSERTION, POST, PROTOCOL

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SAMLP = ElementMaker(namespace=PROTOCOL, nsmap={"samlp": PROTOCOL, "saml": ASSERTION})
SAML = ElementMaker(namespace=ASSERTION, nsmap={"saml": ASSERTION})


def request_id(nonce: str) -> str:
    """The id of a request, which its answer has to name; an XML id does not begin with a digit."""
    return f"_{nonce}"


def address_to_ask(
    address: str, *, ours: str, returns_to: str, nonce: str, state: str, wants_name: bool
) -> str:
    """Returns where to send the browser. `wants_name`: the person is known by a persistent NameID, and not by an attribute."""
    about = {"ID": request_id(nonce), "Version": "2.0", "IssueInstant": written(datetime.now(UTC))}
    about |= {"Destination": address, "ProtocolBinding": POST, "AssertionConsumerServiceURL": returns_to}
    parts = [SAML.Issuer(ours)]
    if wants_name:
        parts.append(SAMLP.NameIDPolicy(Format=PERSISTENT, AllowCreate="true"))
    asked = deflated(etree.tostring(SAMLP.AuthnRequest(*parts, **about)))
    joint = "&" if "?" in address else "?"
    return address + joint + urlencode({"SAMLRequest": asked, "RelayState": state})


def deflated(text: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(text) + packer.flush()).decode()
