"""Keys that can die: each is a file of its own, and what it sealed or counted under it opens with nothing else.

The three verbs are make, use and destroy. A service has its keys in a folder that no other service reads
(`POLKU_KEYS`/<service>), outside the database: neither its files nor its log nor a dump holds any. To destroy a key is to write
its number into the ledger, then to unlink its file; a file whose number is in the ledger is dead, whoever put it back. Where
`POLKU_LEDGER_COPY` names a folder elsewhere, the ledger is kept there too, for the day on which this machine is lost.
"""

import fcntl
import hmac
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import setting, state_directory
from shared.tenancy.acting import tenant_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

NUMBER_BYTES, KEY_BYTES, NONCE_BYTES, LENGTH_BYTES = 16, 32, 12, 4
LEDGER = "destroyed"
OWNERS = ("identity", "townhall", "survey", "voting", "workshop")  # the services that have keys
DEATH = re.compile(r"[0-9a-f]{32} [0-9a-f-]{36}/[0-9a-f-]{36}/[\w-]+")  # a whole line of the ledger


class KeyIsDead(Exception):
    """There is no such key, or no more: what it sealed is gone for good."""


class KeyName(NamedTuple):
    """Which key: of an organisation, of what in it (a run, a session of a workshop, an event), for which purpose."""

    tenant: UUID
    owner: UUID
    purpose: str

    @property
    def path(self) -> str:
        """Below the folder of the service; a string, because every token and every vote asks for it."""
        return f"{self.tenant}/{self.owner}/{self.purpose}"


class Key:
    """The secret of one living key, for one transaction: never kept longer, so that nobody has it when its file is gone."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def digest(self, of: bytes, use: str) -> bytes:
        """Returns 32 bytes that nobody can tell from chance without the key (HMAC-SHA-256), other ones for each `use`."""
        return hmac.digest(self._for("digest", use), of, "sha256")

    def number(self, of: bytes, use: str) -> UUID:
        return UUID(bytes=self.digest(of, use)[:16], version=4)

    def seal(self, content: bytes, about: bytes, sizes: Sequence[int]) -> bytes:
        """Returns the content sealed (AES-256-GCM), so that it opens only with the same `about`: the names of its row and its
        version. It is packed and filled up to the first of `sizes` that holds it, in bytes; beyond, to whole multiples of the
        last: its length tells no more than that."""
        packed = zlib.compress(content)
        filled = (len(packed).to_bytes(LENGTH_BYTES) + packed).ljust(_size_for(len(packed), sizes), b"\0")
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._for("seal")).encrypt(nonce, filled, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Returns the content; raises InvalidTag when it was changed, sealed about something else, or by another key."""
        nonce, hidden = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        filled = AESGCM(self._for("seal")).decrypt(nonce, hidden, about)
        length = int.from_bytes(filled[:LENGTH_BYTES])
        return zlib.decompress(filled[LENGTH_BYTES : LENGTH_BYTES + length])

    def _for(self, *use: str) -> bytes:
        return hmac.digest(self._secret, ":".join(use).encode(), "sha256")


def _size_for(packed: int, sizes: Sequence[int]) -> int:
    needed = packed + LENGTH_BYTES
    return next((size for size in sizes if size >= needed), -(-needed // sizes[-1]) * sizes[-1])


class Keys:
    """The keys of one service, as files. Several processes and containers may share the folder; `copy` is a second folder,
    for its ledger alone."""

    def __init__(self, folder: Path, copy: Path | None = None) -> None:
        self.folder, self.ledger, self.copy = folder, folder / LEDGER, copy

    def make(self, name: KeyName, *, anew: bool = False) -> bool:
        """Makes the key, and returns whether it did: one that lives stays as it is, whoever asks at the same moment. One that
        has died stays dead, unless something begins `anew` that has nothing to do with what the dead one sealed."""
        if self.is_alive(name):
            return False
        with self._alone():
            self._bury(name)
            path = self.folder / name.path
            if path.exists() or (self.has_died(name) and not anew):
                return False
            _write(path, os.urandom(NUMBER_BYTES + KEY_BYTES), self.folder)
            return True

    def use(self, name: KeyName) -> Key:
        """Returns the living key; raises KeyIsDead."""
        try:
            with open(f"{self.folder}/{name.path}", "rb", buffering=0) as file:
                held = file.read()
        except FileNotFoundError:
            raise KeyIsDead(name.path) from None
        if held[:NUMBER_BYTES].hex() in self._numbers():
            raise KeyIsDead(name.path)
        return Key(held[NUMBER_BYTES:])

    def is_alive(self, name: KeyName) -> bool:
        try:
            self.use(name)
        except KeyIsDead:
            return False
        return True

    def has_died(self, name: KeyName) -> bool:
        """Whether a key of this name was destroyed, also when another has been made since."""
        return name.path in self._names()

    def destroy(self, name: KeyName) -> bool:
        """Destroys the key and returns whether it lived. What is cut off in between is dead, and ended by the next call.
        Raises OSError, with the key dead, while the ledger's copy cannot be written."""
        with self._alone():
            lived = self.is_alive(name)
            if lived:
                number = (self.folder / name.path).read_bytes()[:NUMBER_BYTES]
                self._note(f"{number.hex()} {name.path}")
            self._bury(name)
            self._copy_the_ledger()
        return lived

    def destroy_all_of(self, tenant: UUID) -> int:
        """Destroys every key of an organisation that is erased; returns how many lived."""
        died = sum(self.destroy(name) for name, _ in list(self.of(tenant)))
        if self.copy and self.ledger.exists():
            with self._alone():
                self._copy_the_ledger()  # which may have been away when the last of them died
        return died

    def bury_the_dead(self) -> int:
        """Unlinks every file whose number is in the ledger: what a restored copy, or a process cut off, has left there."""
        with self._alone():
            found = [path for path in self.folder.glob("*/*/*") if path.is_file()]
            dead = [path for path in found if path.read_bytes()[:NUMBER_BYTES].hex() in self._numbers()]
            for path in dead:
                _unlink(path)
        return len(dead)

    def living(self) -> Iterator[tuple[KeyName, bytes]]:
        """Yields the living keys as they are stored, for a backup. Read the ledger after them: what died meanwhile is
        in it."""
        for path in sorted(self.folder.glob("*/*/*")):
            tenant, owner, purpose = path.relative_to(self.folder).parts
            name = KeyName(UUID(tenant), UUID(owner), purpose)
            if path.suffix != NEW and self.is_alive(name):
                with suppress(FileNotFoundError):  # it died between the two lines
                    yield name, path.read_bytes()

    def of(self, tenant: UUID) -> Iterator[tuple[KeyName, datetime]]:
        """The keys of an organisation that are there, and when each was made or put back."""
        for path in sorted((self.folder / str(tenant)).glob("*/*")):
            if path.suffix != NEW:
                with suppress(FileNotFoundError):  # it died meanwhile
                    made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield KeyName(tenant, UUID(path.parent.name), path.name), made_at

    def put_back(self, name: KeyName, held: bytes) -> bool:
        """Puts a key of a backup back, and returns whether it did: one that has died since stays dead."""
        with self._alone():
            self._bury(name)
            path = self.folder / name.path
            if path.exists() or held[:NUMBER_BYTES].hex() in self._numbers():
                return False
            _write(path, held, self.folder)
            return True

    def deaths(self) -> frozenset[str]:
        """The whole lines of the ledger here and of its copy."""
        ledgers = [self.ledger, *([self.copy / LEDGER] if self.copy else [])]
        return frozenset().union(*map(deaths_in, ledgers))

    def learn(self, deaths: Iterable[str]) -> int:
        """Takes deaths into the ledger that another copy of it tells of, and buries those keys; returns how many lived here."""
        with self._alone():
            for line in sorted(set(deaths) - deaths_in(self.ledger)):
                self._note(line)
            self._copy_the_ledger()
        return self.bury_the_dead()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time changes what is there, over all processes; whoever uses a key waits for nobody."""
        for folder in (self.folder.parent, self.folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(self.ledger, os.O_RDWR | os.O_CREAT, 0o600), "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _bury(self, name: KeyName) -> None:
        path = self.folder / name.path
        if path.exists() and not self.is_alive(name):
            _unlink(path)

    def _note(self, line: str) -> None:
        append(self.ledger, [line])

    def _copy_the_ledger(self) -> None:
        """The folder of all copies is the operator's to make: one that is not mounted is an error, not a new folder."""
        if self.copy:
            self.copy.mkdir(mode=0o700, exist_ok=True)
            append(self.copy / LEDGER, sorted(deaths_in(self.ledger) - deaths_in(self.copy / LEDGER)))

    def _numbers(self) -> frozenset[str]:
        return self._entries()[0]

    def _names(self) -> frozenset[str]:
        return self._entries()[1]

    def _entries(self) -> tuple[frozenset[str], frozenset[str]]:
        try:
            known = os.stat(self.ledger)
        except FileNotFoundError:
            return frozenset(), frozenset()
        return _read(f"{self.ledger}", known.st_mtime_ns, known.st_size, known.st_ino)


NEW = ".new"


@lru_cache(maxsize=64)
def _read(ledger: str, *as_of: int) -> tuple[frozenset[str], frozenset[str]]:
    """The numbers and the names in the ledger as it is now."""
    lines = [line.split(" ", 1) for line in Path(ledger).read_text().splitlines()]
    whole = [line for line in lines if len(line) == 2]
    return frozenset(number for number, _ in whole), frozenset(name for _, name in whole)


def deaths_in(ledger: Path) -> frozenset[str]:
    """The whole lines of a ledger; none where there is no such file."""
    try:
        return frozenset(filter(DEATH.fullmatch, ledger.read_text().splitlines()))
    except FileNotFoundError:
        return frozenset()


def append(path: Path, lines: Sequence[str]) -> None:
    """Adds each on a line of its own, also after one that was cut off in the middle; returns when they are on the disk."""
    if not lines:
        return
    is_whole = not path.exists() or not path.stat().st_size or path.read_bytes().endswith(b"\n")
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        file.write(b"" if is_whole else b"\n")
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _write(path: Path, content: bytes, root: Path) -> None:
    """Writes a file that is whole or not there, and stays there when the machine dies."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    half = path.with_suffix(NEW)
    half.unlink(missing_ok=True)  # somebody was cut off here
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(half, path)
    for folder in (path.parent, path.parent.parent, root):
        _sync(folder)


def _unlink(path: Path) -> None:
    path.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def folder_of_keys() -> Path:
    """The folder with a folder of keys for each service; in containers a volume of its own for each."""
    return Path(setting("KEYS", "") or state_directory() / "keys")


def keys_of(service: str) -> Keys:
    """The keys of a service, where the settings of this moment have them."""
    return _keys_below(service, setting("KEYS", ""), setting("HOME", ""), setting("LEDGER_COPY", ""))


@lru_cache(maxsize=32)
def _keys_below(service: str, *settings: str) -> Keys:
    copies = setting("LEDGER_COPY", "")
    return Keys(folder_of_keys() / service, Path(copies) / service if copies else None)


def name_in(session: "Session", owner: UUID, purpose: str) -> KeyName:
    """The name of a key of the organisation that the session is of."""
    return KeyName(tenant_of(session), owner, purpose)
