"""How secrets are kept: as their hashes."""

import hashlib


def hash_secret(secret: str) -> bytes:
    """Secrets are long and random, so a plain hash is enough; only the hash is stored."""
    return hashlib.sha256(secret.encode()).digest()
