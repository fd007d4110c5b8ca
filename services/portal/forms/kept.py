"""The key with which a browser keeps for somebody what was typed and has not arrived (static/kept.js).

It is the same on each of this person's pages and on nobody else's, made anew from our secret and stored nowhere. When the secret is
replaced, what was kept under it can be read no more: seven days at most are lost.
"""

import hmac
from base64 import b64encode
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from flask import current_app


class Keeper(NamedTuple):
    """`mark` tells this person's from others' on a shared device; `key` seals. Both in base64."""

    mark: str
    key: str


def keeper_of(person: UUID) -> Keeper:
    return Keeper(_made("mark", person)[:16], _made("key", person))


def _made(purpose: str, person: UUID) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    return b64encode(hmac.digest(secret, b"kept words " + purpose.encode() + person.bytes, sha256)).decode()
