"""Writes our own metadata: who we are to a provider, and where its answers go (saml-metadata-2.0-os, 2.4.4)."""

from collections.abc import Sequence

from lxml import etree
from lxml.builder import ElementMaker

from services.identity.sign_in.saml.requests import PERSISTENT
from services.identity.sign_in.saml.xml import METADATA, POST, PROTOCOL

MD = ElementMaker(namespace=METADATA, nsmap={"md": METADATA})


def own_metadata(entity_id: str, addresses: Sequence[str], wants_name: bool) -> bytes:
    """`addresses`: where answers may go, the usual one first."""
    consumers = [
        MD.AssertionConsumerService(
            Binding=POST, Location=where, index=str(nr), **({"isDefault": "true"} if nr == 0 else {})
        )
        for nr, where in enumerate(addresses)
    ]
    names = [MD.NameIDFormat(PERSISTENT)] if wants_name else []
    how = {"AuthnRequestsSigned": "false", "WantAssertionsSigned": "true"}
    role = MD.SPSSODescriptor(*names, *consumers, protocolSupportEnumeration=PROTOCOL, **how)
    entity = MD.EntityDescriptor(role, entityID=entity_id)
    return etree.tostring(entity, xml_declaration=True, encoding="UTF-8", pretty_print=True)
