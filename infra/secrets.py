"""Secrets of an installation: made at first start, kept in its state directory, never committed."""

import base64
import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import ECKey

from shared.settings import SERVICES

ROLES = ("postgres", "polku_owner", *SERVICES)
ISSUERS = ("identity", "portal", "notification")


def ensure_secrets(directory: Path) -> tuple[Path, Path]:
    """The paths of secrets.json and jwks.json in `directory`, made if need be."""
    private, public = directory / "secrets.json", directory / "jwks.json"
    if not private.exists():
        directory.mkdir(parents=True, exist_ok=True)
        write(private, fresh_secrets())
    if add_what_is_new(private) or not public.exists():
        write(public, public_half(json.loads(private.read_text())))
    return private, public


def fresh_secrets() -> dict:
    return {
        "database": {role: secrets.token_urlsafe(24) for role in ROLES},
        "signing": {issuer: signing_key(issuer) for issuer in ISSUERS},
        "kafka": kafka_passwords(),
        "vault": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def kafka_passwords() -> dict[str, str]:
    """By the name a program enters with: every service its own, and the administrator of the broker."""
    return {who: secrets.token_urlsafe(24) for who in ("admin", *SERVICES)}


def add_what_is_new(private: Path) -> bool:
    """An installation from before Kafka, or from before a service, gets what it lacks; what it has stays. Whether it
    lacked anything. Never a vault key: another one would not open what the lost one has sealed."""
    made, fresh = json.loads(private.read_text()), fresh_secrets()
    whole = made | {group: fresh[group] | made.get(group, {}) for group in ("database", "signing", "kafka")}
    if whole == made:
        return False
    write(private, whole)
    return True


def signing_key(issuer: str) -> dict:
    return ECKey.generate_key("P-256", {"kid": f"{issuer}.{secrets.token_hex(4)}"}, private=True).as_dict(
        private=True
    )


def public_half(made: dict) -> dict:
    return {"keys": [ECKey.import_key(key).as_dict(private=False) for key in made["signing"].values()]}


def write(path: Path, content: dict) -> None:
    """Readable by us alone, and whole or not at all."""
    half = path.with_suffix(".new")
    half.touch(mode=0o600)
    half.write_text(json.dumps(content, indent=1))
    os.replace(half, path)
