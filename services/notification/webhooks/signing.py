"""Signs what goes out as Standard Webhooks 1.0 says, so that the receiver knows that it is from us and not old.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

PREFIX, BYTES = "whsec_", 32


def new_secret() -> bytes:
    return os.urandom(BYTES)


def shown(secret: bytes) -> str:
    """As the libraries of the receivers take it."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(id: UUID, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """One signature a secret: while a new one takes over, receivers may still check by the old one."""
    seconds = int(at.timestamp())
    signed = f"{id}.{seconds}.".encode() + body
    signatures = [f"v1,{_signature(secret, signed)}" for secret in secrets]
    return {
        "webhook-id": str(id),
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, content, "sha256")).decode()
