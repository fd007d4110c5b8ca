"""Secrets of an installation: made at first start, kept in its state directory, never committed.

`secrets.json` is the operator's and holds everything; no process of Polku reads it. Each process reads a file of its own with
what it needs (infra/secrets/sharing.py). Rotation: infra/secrets/rotation.py.
"""

import base64
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from shared.settings import ROLES, SERVICES
from shared.web.tokens import ASKS_WHO_TOOK_PART

ISSUERS = ("identity", "portal", "notification", ASKS_WHO_TOOK_PART)
SEALERS = ("identity", "notification")  # who seals what the database must not show (shared/privacy/vault.py)

KEYS_ARE_FILES = "keys_are_files"  # the vault keys in use have never sealed a run's key (docs/decisions/0070)


def ensure_secrets(directory: Path) -> tuple[Path, Path]:
    """Returns the paths of secrets.json and jwks.json in `directory`, made if need be."""
    private, public = directory / "secrets.json", directory / "jwks.json"
    if not private.exists():
        directory.mkdir(parents=True, exist_ok=True)
        write(private, fresh_secrets())
    add_what_is_new(private)
    write(public, public_half(read(private)))
    return private, public


def fresh_secrets() -> dict:
    return {
        "database": {role: password() for role in ("postgres", "polku_owner", *ROLES)},
        "signing": {issuer: signing_key(issuer) for issuer in ISSUERS},
        "kafka": {who: password() for who in ("admin", *SERVICES)},  # by the name that a program enters with
        "vault": {service: [vault_key()] for service in SEALERS},  # the first seals, all open
        "flash": password(),  # the portal signs with it what it says on the next page
        KEYS_ARE_FILES: True,
    }


def password() -> str:
    return secrets.token_urlsafe(24)


def vault_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def signing_key(issuer: str) -> dict:
    return ECKey.generate_key("P-256", {"kid": f"{issuer}.{secrets.token_hex(4)}"}, private=True).as_dict(
        private=True
    )


def add_what_is_new(private: Path) -> None:
    """Gives an installation from before what it lacks; what it has stays. A vault key that was lost is not replaced:
    another one would not open what the lost one has sealed."""
    made, fresh = read(private), fresh_secrets()
    grouped = {group: fresh[group] | made.get(group, {}) for group in ("database", "signing", "kafka")}
    write(private, {"flash": fresh["flash"]} | made | grouped | vaults(made, fresh))


def vaults(made: dict, fresh: dict) -> dict:
    """Each service has a list of keys of its own; once all had one key together."""
    match made.get("vault"):
        case None:
            return {}
        case str(together):
            return {"vault": {service: [together] for service in SEALERS}}
        case by_service:
            return {"vault": fresh["vault"] | by_service}


def public_half(made: dict) -> dict:
    """The keys with which tokens are verified: those in use, and former ones until their tokens have ended."""
    now = time.time()
    former = [key["key"] for key in made.get("former_signing", []) if key["until"] > now]
    return {"keys": [public_key(key) for key in made["signing"].values()] + former}


def public_key(key: dict) -> dict:
    return ECKey.import_key(key).as_dict(private=False)


def read(path: Path) -> dict:
    return json.loads(path.read_text())


def write(path: Path, content: dict[str, Any]) -> None:
    """Readable by us alone, whole or not at all, and untouched where nothing has changed."""
    if path.exists() and read(path) == content:
        return
    half = path.with_suffix(".new")
    half.touch(mode=0o600)
    half.write_text(json.dumps(content, indent=1))
    os.replace(half, path)
