"""Receipts: a secret that only the author's browser holds; we keep its hash, and so know the author without knowing who.

192 random bits need no slow hash: there is nothing to guess from.
"""

import hashlib
import secrets

from shared.contracts.api.survey import LONGEST_RECEIPT, SHORTEST_RECEIPT
from shared.problems import RuleBroken


class NoReceipt(RuleBroken):
    """This is no receipt of ours. Copy the whole code, without spaces before or after it."""

    status = 422


def fresh_receipt() -> str:
    return secrets.token_urlsafe(24)


def hash_of(receipt: str) -> bytes:
    receipt = receipt.strip()
    if not SHORTEST_RECEIPT <= len(receipt) <= LONGEST_RECEIPT:
        raise NoReceipt
    return hashlib.sha256(receipt.encode()).digest()
