"""Seals what must not be readable in the database: client secrets, keys behind pseudonyms, signing secrets (AES-256-GCM)."""

import base64
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import secrets

NONCE_BYTES = 12


@cache
def _vault() -> AESGCM:
    return AESGCM(base64.b64decode(secrets()["vault"]))


def seal(content: bytes, about: bytes | None = None) -> bytes:
    """`about` binds it to its place: sealed for one row, it does not open in another."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _vault().encrypt(nonce, content, about)


def open_sealed(sealed: bytes, about: bytes | None = None) -> bytes:
    """Raises InvalidTag when it was changed, or sealed about something else."""
    return _vault().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
