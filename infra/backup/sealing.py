"""Backups are sealed with age (age-encryption.org/v1) to a public key that lies in the home; the private one is the operator's.

No process of Polku is given the private key. Whoever keeps it elsewhere takes it out of the home: another one is not made.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage.x25519 import Identity, Recipient

from infra.trouble import CannotStart

PRIVATE, PUBLIC = "backup-key.txt", "backup-recipient.txt"
SECRET_LINE = "AGE-SECRET-KEY-"


class NoBackupKey(CannotStart):
    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} holds no private key of backups, and without it none can be opened. "
            f"Say where the {PRIVATE} lies that was kept with the secrets: --key FILE."
        )


class OtherBackupKey(CannotStart):
    def __init__(self, sealed: Path, key: Path) -> None:
        super().__init__(
            f"{sealed} was not sealed to the key in {key}. Say where the right {PRIVATE} lies: --key FILE."
        )


class Torn(CannotStart):
    def __init__(self, sealed: Path) -> None:
        super().__init__(f"{sealed} is not whole. Take another backup.")


@dataclass
class Watched:
    """Passes on what is written and reckons its seal. It remembers what failed: pyrage is silent about its last write."""

    file: IO[bytes]
    length: int = 0
    failed: OSError | None = None
    _sum: Any = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> int:
        try:
            self.file.write(content)
        except OSError as problem:
            self.failed = problem
            raise
        self._sum.update(content)
        self.length += len(content)
        return len(content)

    def flush(self) -> None:
        self.file.flush()

    def finish(self) -> dict[str, Any]:
        if self.failed:
            raise self.failed
        self.file.flush()
        return {"bytes": self.length, "sha256": self._sum.hexdigest()}


def ensure_backup_key(home: Path) -> str:
    """Returns the public key; at the first start the pair is made."""
    public, private = home / PUBLIC, home / PRIVATE
    if not public.exists():
        if not private.exists():
            home.mkdir(parents=True, exist_ok=True)
            _write_once(private, _as_text(Identity.generate()))
        _write_once(public, f"{identities_in(private)[0].to_public()}\n")
    return public.read_text().strip()


def identities_in(path: Path) -> list[Identity]:
    """Returns the private keys in a file such as age-keygen writes, the one in use first."""
    lines = path.read_text().splitlines() if path.exists() else []
    if found := [Identity.from_str(line.strip()) for line in lines if line.startswith(SECRET_LINE)]:
        return found
    raise NoBackupKey(path)


def seal(content: IO[bytes], path: Path, recipient: str) -> dict[str, Any]:
    """Writes what is read, sealed, block by block; nothing of it touches the disk unsealed. Returns the file's length and sum."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        written = seal_into(file, content, recipient)
        os.fsync(file.fileno())
        return written


def seal_into(file: IO[bytes], content: IO[bytes], recipient: str) -> dict[str, Any]:
    watched = Watched(file)
    try:
        pyrage.encrypt_io(content, watched, [Recipient.from_str(recipient)])
    except pyrage.EncryptError as problem:
        raise watched.failed or problem from problem
    return watched.finish()


def opening(path: Path, key: Path) -> Callable[[IO[bytes]], None]:
    """Returns what writes the content of a sealed file to another, block by block."""
    identities = identities_in(key)

    def open_into(target: IO[bytes]) -> None:
        with path.open("rb") as file:
            try:
                pyrage.decrypt_io(file, target, identities)
            except pyrage.DecryptError as problem:
                raise OtherBackupKey(path, key) from problem
            except OSError as problem:
                if problem.errno is None:  # not of a disk or a pipe
                    raise Torn(path) from problem
                raise

    return open_into


def opened(path: Path, key: Path) -> bytes:
    """Returns the content of a small sealed file; it stays in memory."""
    content = BytesIO()
    opening(path, key)(content)
    return content.getvalue()


def _as_text(identity: Identity) -> str:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return f"# created: {made}\n# public key: {identity.to_public()}\n{identity}\n"


def _write_once(path: Path, content: str) -> None:
    """Readable by us alone, whole or not there; whoever comes second finds the first one's."""
    handle, half = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    with open(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(half, path)
    except FileExistsError:
        return
    finally:
        os.unlink(half)
