"""Seals what must not be readable in the database: client secrets, keys behind pseudonyms, signing secrets (AES-256-GCM)."""

import base64
import os
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import secrets

NONCE_BYTES = 12


class Vault:
    """The keys of one service: the first one seals, all of them open, so that a key can be replaced while people work."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = [AESGCM(base64.b64decode(key)) for key in keys]

    def seal(self, content: bytes, about: bytes | None = None) -> bytes:
        """Returns the sealed content. `about` binds it to its place: sealed for one row, it does not open in another."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.keys[0].encrypt(nonce, content, about)

    def open(self, sealed: bytes, about: bytes | None = None) -> bytes:
        """Returns the content; raises InvalidTag when it was changed, sealed about something else, or by a key long gone."""
        nonce, hidden = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for key in self.keys[:-1]:
            try:
                return key.decrypt(nonce, hidden, about)
            except InvalidTag:
                continue  # the next key is an older one
        return self.keys[-1].decrypt(nonce, hidden, about)

    def is_old(self, sealed: bytes, about: bytes | None = None) -> bool:
        """Whether another key than today's has sealed it."""
        try:
            self.keys[0].decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except InvalidTag:
            return True
        return False

    def seal_anew(self, sealed: bytes, about: bytes | None = None) -> bytes:
        return self.seal(self.open(sealed, about), about)


def vault_of(service: str) -> Vault:
    """The vault of a service, with the keys of this moment."""
    return _vault(tuple(secrets()["vault"][service]))


@lru_cache(maxsize=4)
def _vault(keys: tuple[str, ...]) -> Vault:
    return Vault(keys)
