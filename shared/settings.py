"""The settings of a process: environment variables that begin with POLKU_."""

import json
import os
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

SERVICES = (
    "identity",
    "process",
    "townhall",
    "survey",
    "voting",
    "workshop",
    "publishing",
    "practice",
    "lineage",
    "notification",
    "portal",
)
AUDIENCES = tuple(service for service in SERVICES if service != "portal")
"""Who is called with tokens."""


def worker_of(service: str) -> str:
    """The role of a service's relay, listeners and timers, which act for all organisations; its own name is the role of
    what answers people."""
    return f"{service}_worker"


def operator_of(service: str) -> str:
    """The role in which a service shows and mends its dead letters for the operator, of all organisations."""
    return f"{service}_operator"


ROLES = tuple(role(service) for role in (str, worker_of, operator_of) for service in SERVICES)


class NotConfigured(RuntimeError):
    """A setting is missing; the message names the environment variable."""


NOTED = ("DATABASE", "KAFKA", "KAFKA_SECURITY")
FORMERLY = {"PROCESS_NAME": "PART", "DISTRIBUTED_PORT": "PIECES_PORT", "TRANSPORT": "ROAD"}
"""Settings by the names that they had before; those are read for one release more."""
NOTE_OF_BEFORE = "told.json"  # by which a launcher of the release before is still known


def setting(name: str, default: str | None = None) -> str:
    value = os.environ.get(f"POLKU_{name}")
    if value is None and name in FORMERLY:
        value = os.environ.get(f"POLKU_{FORMERLY[name]}")
    if value is None and name in NOTED:
        value = noted_by_the_launcher().get(name)
    if value is None:
        value = default
    if value is None:
        raise NotConfigured(f"Set the environment variable POLKU_{name}; `make run` sets it by itself.")
    return value


def noted_by_the_launcher() -> dict[str, str]:
    """Returns the settings of a launcher that runs here, so that commands beside it find the same database and broker."""
    return launcher_that_runs().get("settings", {})


def launcher_that_runs() -> dict[str, Any]:
    """Returns the note of a launcher that runs here: its settings and its ports; empty where none does."""
    try:
        path = launchers_note() if launchers_note().exists() else state_directory() / NOTE_OF_BEFORE
        note = json.loads(path.read_text())
        is_alive = psutil.Process(note["launcher"]).create_time() == note["born"]
        return note if is_alive else {}
    except (OSError, ValueError, psutil.Error):
        return {}


def launchers_note() -> Path:
    return state_directory() / "launcher.json"


def base_domain() -> str:
    """Host names are <slug>.<base domain>; the consultancy's console is console.<base domain>."""
    return setting("BASE_DOMAIN", "polku.localhost")


def is_demonstration() -> bool:
    """Whether this installation is for trying Polku out, or for working on it: all of it on one machine, nobody's words in it."""
    return setting("DEMONSTRATION", "no") in ("yes", "empty")


def web_port() -> int:
    return int(setting("WEB_PORT", "8080"))


def live_port() -> int:
    return int(setting("LIVE_PORT", "8081"))


def state_directory() -> Path:
    """Secrets, database and generated files of this installation."""
    return Path(setting("HOME", ".polku")).absolute()


def _read(path: str) -> dict:
    """The file as it is now: a rotation replaces it while we run."""
    return _read_as_of(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=8)
def _read_as_of(path: str, written_at: int) -> dict:
    return json.loads(Path(path).read_text())


def secrets() -> dict:
    """The generated secrets, as far as this process is given them (infra/secrets): {"database": {role: password},
    "signing": {issuer: private JWK}, "vault": {service: [base64]} ...}."""
    return _read(setting("SECRETS", "") or str(state_directory() / "secrets.json"))


def public_keys() -> dict:
    """The JWK set with which service tokens are verified."""
    return _read(setting("JWKS", "") or str(state_directory() / "jwks.json"))


def backup_days() -> int:
    """For how many days backups, archived logs and snapshots are kept: `python -m infra.backup prune` deletes the older ones."""
    return int(setting("BACKUP_DAYS", "30"))


def backups_aged_out(day: date) -> date:
    """The day from which also the backups hold nothing of what was destroyed or erased on `day`: its tables are written anew in
    the night after, a snapshot may have been taken just before, and that one goes on the last of its days."""
    return day + timedelta(days=1 + backup_days() + 1)


def lease_seconds() -> float:
    """For how long a member of a consumer group may be silent before another takes over what it reads."""
    return float(setting("LEASE", "30"))


def kafka_client_settings(service: str) -> dict[str, Any]:
    """How a service shows itself to Kafka: nothing on a plain loopback broker, SCRAM (and TLS) where that is asked."""
    protocol = setting("KAFKA_SECURITY", "PLAINTEXT")
    given = {"security_protocol": protocol, "client_id": f"polku-{service}"}
    if authority := setting("KAFKA_CA", ""):
        given["ssl_cafile"] = authority
    if protocol.startswith("SASL"):
        given |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": service}
        given["sasl_plain_password"] = secrets()["kafka"][service]
    return given


def database_url(role: str) -> str:
    """The SQLAlchemy address of the database for one role; POLKU_DATABASE is host:port/name. The server's list of
    connections (pg_stat_activity) says which process holds which."""
    password, process = quote(secrets()["database"][role]), quote(setting("PROCESS_NAME", "command"))
    return f"postgresql+psycopg://{role}:{password}@{setting('DATABASE')}?application_name=polku-{process}"
