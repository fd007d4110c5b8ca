"""Every event that was ever released, as git remembers it: nobody forgets a promise by taking its file away with its class."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shared.messaging.asyncapi.released import INSTEAD, Released, broken

ROOT = Path(__file__).parents[2]
FOLDER = "shared/contracts/released"
Promise = tuple[str, Released]


class NoHistory(RuntimeError):
    """Why git cannot say here what was promised: it is not there, or knows the end of the history alone."""


def ever_promised(root: Path = ROOT) -> list[Promise]:
    """(event type, what was promised), each in every form in which it was ever committed, oldest first."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise NoHistory("git knows the last commits alone: git fetch --unshallow")
    how = ("--reverse", "-m", "--format=", "--raw", "--no-abbrev", "--diff-filter=AM")
    lines = _git(root, "log", *how, "--", FOLDER).decode().splitlines()
    return [_promise(root, line) for line in dict.fromkeys(lines)]


def _promise(root: Path, line: str) -> Promise:
    """https://git-scm.com/docs/git-diff#_raw_output_format: modes, blobs, status; a tab; path."""
    about, path = line.split("\t")
    content = _git(root, "cat-file", "blob", about.split()[3])
    return Path(path).stem, msgspec.json.decode(content, type=Released)


def _git(root: Path, *words: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise NoHistory("git is not here") from None
    except subprocess.CalledProcessError as refusal:
        raise NoHistory(refusal.stderr.decode(errors="replace").strip()) from None


def forgotten(ever: Iterable[Promise], now: dict[str, Released]) -> Iterator[str]:
    """A sentence for each promise of the past that does not stand as it was given."""
    for type, then in ever:
        if type not in now:
            yield f"{type} was released, and {FOLDER}/{type}.json is gone. Bring it and its class back: the log holds such events."
            continue
        yield from broken(type, then, now[type])
        if any(sample not in now[type].samples for sample in then.samples):
            yield f"{type}: a sample that was released is not there any more as it was. {INSTEAD}"
