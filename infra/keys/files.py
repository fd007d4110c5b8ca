"""The keys of runs, as files: into a backup and back, and what every start does with them first."""

import io
import shutil
import tarfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import UUID

from infra.trouble import CannotStart
from shared.privacy.keys import (
    DEATH,
    KEY_BYTES,
    LEDGER,
    NUMBER_BYTES,
    OWNERS,
    KeyName,
    append,
    deaths_in,
    folder_of_keys,
    keys_of,
)
from shared.settings import setting

Deaths = dict[str, frozenset[str]]
OPENINGS = "openings"


class NewerKeys(CannotStart):
    def __init__(self, service: str, number: int, folder: Path) -> None:
        super().__init__(
            f"In {folder} {number} keys of {service} live that this backup does not know: what they open began after it and "
            "is not in what comes back. If that database is lost, start again with --destroy-newer-keys. If it lives on, "
            "and you are trying a backup beside it, give the trial a POLKU_HOME and POLKU_KEYS of its own."
        )


class CopyIsAway(CannotStart):
    def __init__(self, folder: str) -> None:
        super().__init__(
            f"POLKU_LEDGER_COPY names {folder}, and there is no such folder: mount it or make it. Without it a lost machine "
            "would take the ledger of destroyed keys with it."
        )


@dataclass
class Kept:
    """The keys in a backup: those that lived, the ledgers of those that had died by then, and who had opened what."""

    keys: dict[str, dict[KeyName, bytes]] = field(default_factory=lambda: {owner: {} for owner in OWNERS})
    deaths: Deaths = field(default_factory=lambda: dict.fromkeys(OWNERS, frozenset()))
    openings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return sum(map(len, self.keys.values()))


def unlink_dead_keys() -> int:
    """Before anything else starts: takes in what the ledgers' copies tell and unlinks the dead. Returns how many lay there."""
    copies = setting("LEDGER_COPY", "")
    if copies and not Path(copies).is_dir():
        raise CopyIsAway(copies)
    return sum(
        keys.learn(keys.deaths()) for keys in map(keys_of, OWNERS) if keys.deaths() or keys.folder.exists()
    )


def forget_the_living() -> None:
    """Takes the keys away without a word in the ledger: with a backup of theirs they come back. Ledgers stay, and who opened what."""
    for service in OWNERS:
        keys = keys_of(service)
        for folder in [path for path in keys.folder.glob("*") if path.is_dir()]:
            shutil.rmtree(folder)
        if not keys.deaths() and not log_of_openings(service).exists():
            shutil.rmtree(keys.folder, ignore_errors=True)
    with suppress(OSError):  # ledgers are left in it, or it was never there
        folder_of_keys().rmdir()


def pack() -> bytes:
    """Returns a tar of every service's living keys and, read after them, its ledger; and of who opened what."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for service in OWNERS:
            keys = keys_of(service)
            for name, held in keys.living():
                _add(tar, f"{service}/{name.path}", held)
            _add(tar, f"{service}/{LEDGER}", "".join(f"{line}\n" for line in sorted(keys.deaths())).encode())
            if opened := openings_of(service):
                _add(tar, f"{service}/{OPENINGS}", "".join(f"{line}\n" for line in opened).encode())
    return packed.getvalue()


def unpack(packed: bytes) -> Kept:
    """Reads what `pack` wrote; what has another form than a key or a ledger is passed over."""
    kept = Kept()
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in filter(tarfile.TarInfo.isfile, tar):
            content = tar.extractfile(member)
            _take(kept, PurePosixPath(member.name).parts, content.read() if content else b"")
    return kept


def _take(kept: Kept, parts: tuple[str, ...], content: bytes) -> None:
    match parts:
        case (service, ledger) if service in OWNERS and ledger == LEDGER:
            kept.deaths[service] = frozenset(filter(DEATH.fullmatch, content.decode().splitlines()))
        case (service, openings) if service in OWNERS and openings == OPENINGS:
            kept.openings[service] = content.decode().splitlines()
        case (service, tenant, owner, purpose) if (
            service in OWNERS and len(content) == NUMBER_BYTES + KEY_BYTES
        ):
            kept.keys[service][KeyName(UUID(tenant), UUID(owner), purpose)] = content


def deaths_told_by(folders: Iterable[Path]) -> Deaths:
    """Returns the deaths in ledgers kept elsewhere; each folder has a folder with a ledger for every service."""
    folders = list(folders)
    return {
        owner: frozenset().union(*(deaths_in(folder / owner / LEDGER) for folder in folders))
        for owner in OWNERS
    }


def is_a_ledger_here() -> bool:
    return any(
        place.exists()
        for keys in map(keys_of, OWNERS)
        for place in (keys.ledger, *([keys.copy / LEDGER] if keys.copy else []))
    )


def learn(*known: Deaths) -> None:
    """The ledger that counts is the union of all that are known."""
    for service in OWNERS:
        keys = keys_of(service)
        deaths = keys.deaths().union(*(one[service] for one in known))
        if deaths:
            keys.learn(deaths)


def log_of_openings(service: str) -> Path:
    """Returns the file that says who opened what, and why (infra/keys/opening.py): beside the ledger of the service's dead keys."""
    return folder_of_keys() / service / OPENINGS


def openings_of(service: str) -> list[str]:
    try:
        return log_of_openings(service).read_text().splitlines()
    except FileNotFoundError:
        return []


def bring_back_openings(kept: Kept) -> None:
    """Adds those of the backup that are not here: nobody takes back by a restore that something was opened."""
    for service, lines in kept.openings.items():
        known = set(openings_of(service))
        if missing := [line for line in lines if line not in known]:
            log = log_of_openings(service)
            for folder in (log.parent.parent, log.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            append(log, missing)


def bring_back(kept: Kept, newer_keys_die: bool = False) -> int:
    """Puts the keys of a backup back that are in no ledger. Returns how many live that were in it."""
    newer = {service: newer_than(service, kept) for service in OWNERS}
    for service, names in newer.items():
        if names and not newer_keys_die:
            raise NewerKeys(service, len(names), keys_of(service).folder)
        for name in names:
            keys_of(service).destroy(name)
    for service, held in kept.keys.items():
        for name, key in held.items():
            keys_of(service).put_back(name, key)
    return sum(keys_of(service).is_alive(name) for service, held in kept.keys.items() for name in held)


def newer_than(service: str, kept: Kept) -> list[KeyName]:
    """The living keys here that are not in the backup: nothing that comes back was sealed with them."""
    known = kept.keys[service]
    return [name for name, held in keys_of(service).living() if known.get(name) != held]


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))
