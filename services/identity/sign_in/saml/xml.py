"""Reads XML that somebody hostile may have written: without a DTD, without entities, without anything that is fetched."""

from typing import Any

from lxml import etree

Element = Any  # lxml's, which has no types
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
ENCRYPTION = "http://www.w3.org/2001/04/xmlenc#"
NAMES = {"samlp": PROTOCOL, "saml": ASSERTION, "md": METADATA, "ds": SIGNATURE, "xenc": ENCRYPTION}
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


class NotSuchXml(ValueError):
    """Raised for what is no XML, or not as we read it."""


def read(text: bytes, *, drops_comments: bool = False) -> Element:
    """Returns the root; raises NotSuchXml. Comments and processing instructions are refused, because they break up texts that
    a signature does not see broken; what is signed as a whole may have them dropped."""
    how = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    parser = etree.XMLParser(remove_comments=drops_comments, remove_pis=drops_comments, **how)
    try:
        root = etree.fromstring(text, parser)
    except (etree.LxmlError, ValueError) as error:
        raise NotSuchXml from error
    about = root.getroottree().docinfo
    if about.doctype or about.internalDTD is not None or about.externalDTD is not None:
        raise NotSuchXml
    if any(not isinstance(one.tag, str) for one in root.iter()):
        raise NotSuchXml
    return root


def tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def found(parent: Element, path: str) -> list[Element]:
    """The elements on a path of prefixed names."""
    return list(parent.findall(path, NAMES))


def only(parent: Element, path: str) -> Element:
    """The one element on the path; raises NotSuchXml where there are none, or several."""
    those = found(parent, path)
    if len(those) != 1:
        raise NotSuchXml
    return those[0]


def text_of(element: Element) -> str:
    """Its text without blanks around it; raises NotSuchXml where it holds elements."""
    if len(element):
        raise NotSuchXml
    return (element.text or "").strip()
