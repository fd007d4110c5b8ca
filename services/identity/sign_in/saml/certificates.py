"""Certificates as metadata carry them: DER in base64. Nobody vouches for them but the metadata; they hold a key and an end."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import date

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate

from shared.languages import ZONE

SHORTEST_KEY = 2048
PEM = "-----BEGIN CERTIFICATE-----"


class NotACertificate(ValueError):
    """Raised for what is no certificate, or has no key that signs as we ask."""


def certificate_in(text: str) -> Certificate:
    """A certificate in base64 or PEM; raises NotACertificate, also for an RSA key below 2,048 bits."""
    try:
        certificate = load_pem_x509_certificate(text.encode()) if PEM in text else from_base64(text)
        key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotACertificate from error
    if isinstance(key, EllipticCurvePublicKey):
        return certificate
    if isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_KEY:
        return certificate
    raise NotACertificate


def from_base64(text: str) -> Certificate:
    try:
        return load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error as error:
        raise NotACertificate from error


def certificates_in(texts: Iterable[str]) -> list[Certificate]:
    return [certificate_in(text) for text in texts]


def fingerprint(text: str) -> str:
    """The SHA-256 of it as people compare it."""
    return certificate_in(text).fingerprint(hashes.SHA256()).hex(":").upper()


def last_day(texts: Sequence[str]) -> date | None:
    """The day on which the last of them ends: until then somebody can sign in."""
    ends = [certificate.not_valid_after_utc for certificate in certificates_in(texts)]
    return max(ends).astimezone(ZONE).date() if ends else None
