"""The schema of every event that was ever released, as git remembers it: a schema is not withdrawn by deleting its file with its class."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from shared.contracts.asyncapi.released import INSTEAD, Released, broken

ROOT = Path(__file__).parents[2]
FOLDER = "shared/contracts/released"
ReleasedSchema = tuple[str, Released]


class NoHistory(RuntimeError):
    """Git cannot say here what was released: it is not there, or knows the end of the history alone."""


def ever_released(root: Path = ROOT) -> list[ReleasedSchema]:
    """Returns (event type, schema), each in every form in which it was ever committed, oldest first. Raises NoHistory."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise NoHistory("git knows the last commits alone: git fetch --unshallow")
    how = ("--reverse", "-m", "--format=", "--raw", "--no-abbrev", "--diff-filter=AM")
    lines = _git(root, "log", *how, "--", FOLDER).decode().splitlines()
    return [_schema(root, line) for line in dict.fromkeys(lines)]


def _schema(root: Path, line: str) -> ReleasedSchema:
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


def withdrawn(ever: Iterable[ReleasedSchema], now: dict[str, Released]) -> Iterator[str]:
    """Yields a sentence for each released schema that does not stand as it was released."""
    for type, then in ever:
        if type not in now:
            yield f"{type} was released, and {FOLDER}/{type}.json is gone. Bring it and its class back: the log holds such events."
            continue
        yield from broken(type, then, now[type])
        if any(sample not in now[type].samples for sample in then.samples):
            yield f"{type}: a sample that was released is not there any more as it was. {INSTEAD}"
