"""Hands: how a hall knows an upvote or an answer for its giver's, without knowing the giver.

A hand is HMAC-SHA256 of (thing, member) under a key of the hall. It differs from thing to thing, so that no two acts
of a person meet; when the event is over the key is destroyed, and nobody can compute a hand any more.
"""

import hmac
import secrets
from uuid import UUID

KEY_BYTES = 32


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def hand_of(member: UUID, thing: UUID, key: bytes) -> bytes:
    return hmac.digest(key, thing.bytes + member.bytes, "sha256")
