"""A backup as it lies in its folder: what its manifest says, whether it is whole and ours, its keys and its table of contents."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.backup.create import CONTENTS, FORM, KEYS, MANIFEST, marks_of_the_vault
from infra.backup.refusals import Damaged, NewerThanTheCode, NoKeys, NotABackup, OtherSecrets
from infra.backup.sealing import PRIVATE, opened
from infra.keys import files as key_files
from shared.settings import state_directory
from shared.web.health import revisions

PLAIN, PLAIN_DUMP = 1, "polku.dump"  # the form of before backups were sealed


@dataclass(frozen=True)
class Backup:
    """The backup to restore: its folder, and the places of what may be kept apart from it."""

    folder: Path
    key: Path  # the private key that opens it
    keys: Path | None  # the sealed keys of runs; None: they are gone
    ledgers: Sequence[Path] = ()

    @classmethod
    def in_(cls, folder: Path) -> "Backup":
        return cls(folder, state_directory() / PRIVATE, folder / KEYS)


def read(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        raise NotABackup(folder) from None
    if manifest.get("form") not in (PLAIN, FORM):
        raise NotABackup(folder)
    if not marks_wanted(manifest) <= marks_here():
        raise OtherSecrets
    return manifest


def transport_of(manifest: dict[str, Any]) -> str:
    """Returns what the events travelled on; backups of before say it by another word."""
    found: str = manifest.get("transport") or manifest["road"]
    return found


def refuse_the_damaged(folder: Path, manifest: dict[str, Any]) -> None:
    """The keys are looked at where they are opened: they may lie elsewhere."""
    sums = {name: file["sha256"] for name, file in manifest.get("files", {}).items() if name != KEYS}
    for name, expected in (sums or {PLAIN_DUMP: manifest["sha256"]}).items():
        if digest(folder / name) != expected:
            raise Damaged(folder / name)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keys_in(backup: Backup, manifest: dict[str, Any]) -> key_files.Kept:
    if manifest["form"] == PLAIN or backup.keys is None:
        return key_files.Kept()
    if not backup.keys.exists():
        raise NoKeys(backup.keys)
    if digest(backup.keys) != manifest["files"][KEYS]["sha256"]:
        raise Damaged(backup.keys)
    return key_files.unpack(opened(backup.keys, backup.key))


def contents_of(backup: Backup, manifest: dict[str, Any]) -> dict[str, Any]:
    """Returns rows and checksums of every table; in a file of its own, because a checksum of few rows would prove a guess."""
    if manifest["form"] == PLAIN:
        return manifest
    return json.loads(opened(backup.folder / CONTENTS, backup.key))


def marks_wanted(manifest: dict[str, Any]) -> set[str]:
    """Of all keys that the backup was sealed with; once there was one."""
    marks = manifest["vault"]
    return {marks} if isinstance(marks, str) else set(marks)


def marks_here() -> set[str]:
    try:
        return {*marks_of_the_vault(), *marks_of_the_vault("retired_vault")}
    except FileNotFoundError:
        return set()


def what_is_behind(versions: dict[str, str]) -> list[str]:
    known = {service: revisions(service) for service in versions}
    if newer := [service for service, found in versions.items() if found not in known[service][0]]:
        raise NewerThanTheCode(newer)
    return [service for service, found in versions.items() if found != known[service][1]]
