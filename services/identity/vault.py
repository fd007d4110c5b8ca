"""Seals what must not be readable in the database: client secrets and the keys behind pseudonyms (AES-256-GCM)."""

import base64
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import secrets

NONCE_BYTES = 12


@cache
def _vault() -> AESGCM:
    return AESGCM(base64.b64decode(secrets()["vault"]))


def seal(content: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _vault().encrypt(nonce, content, None)


def open_sealed(sealed: bytes) -> bytes:
    return _vault().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
